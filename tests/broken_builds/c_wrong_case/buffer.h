struct buffer {
	char *bytes;
	unsigned long length;
};
