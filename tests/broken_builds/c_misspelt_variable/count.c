#include <stdio.h>

int main(void)
{
	int length = 0;
	while (getchar() != EOF)
		lenght++;
	printf("%d\n", length);
	return 0;
}
