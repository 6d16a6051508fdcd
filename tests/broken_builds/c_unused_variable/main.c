#include <stdio.h>

int main(void)
{
	int error;
	puts("ready");
	return 0;
}
