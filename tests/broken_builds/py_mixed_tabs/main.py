def main():
    words = ["a", "b"]
    for word in words:
        shown = word.upper()
		print(shown)
    print("done")


main()
