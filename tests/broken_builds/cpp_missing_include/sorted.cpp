#include <vector>

// The numbers in order, the smallest first.
std::vector<int> sorted(std::vector<int> numbers)
{
	std::sort(numbers.begin(), numbers.end());
	return numbers;
}
