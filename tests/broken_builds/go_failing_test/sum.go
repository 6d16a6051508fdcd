package tool

// Sum adds numbers up.
func Sum(numbers []int) int {
	total := 0
	for i := 0; i < len(numbers)-1; i++ {
		total += numbers[i]
	}
	return total
}
