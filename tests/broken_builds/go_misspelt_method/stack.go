package main

// Stack gives back last what it was given first.
type Stack struct{ items []int }

// Push puts an item on top.
func (s *Stack) Push(item int) { s.items = append(s.items, item) }

// Pop takes the top item away.
func (s *Stack) Pop() int {
	top := s.items[len(s.items)-1]
	s.items = s.items[:len(s.items)-1]
	return top
}
