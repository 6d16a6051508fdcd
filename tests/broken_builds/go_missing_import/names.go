package main

// tidy is a name without blanks around it.
// It is lower case, so that names can be
// compared.
func tidy(name string) string {
	return strings.ToLower(strings.TrimSpace(name))
}
