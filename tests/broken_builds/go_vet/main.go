package main

import "fmt"

func main() {
	name, age := "Ada", 36
	fmt.Printf("%d is %d years old\n", name, age)
}
