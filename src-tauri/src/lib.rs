//! Perch: the shell.
