#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	printf("%f\n", sqrt(argc > 1 ? atof(argv[1]) : argc));
	return 0;
}
