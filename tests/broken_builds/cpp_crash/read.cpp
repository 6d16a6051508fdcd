int main(int argc, char **)
{
	volatile int *number = argc > 9 ? &argc : nullptr;
	return *number;
}
