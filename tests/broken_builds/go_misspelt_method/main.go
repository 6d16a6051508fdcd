package main

import "fmt"

func main() {
	s := &Stack{}
	s.Pusch(1)
	fmt.Println(s.Pop())
}
