package main

import "fmt"

func main() {
	limit := 10
	for i := 0; i < 3; i++ {
		fmt.Println(i)
	}
}
