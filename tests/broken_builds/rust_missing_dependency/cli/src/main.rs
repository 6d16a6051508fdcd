fn main() {
    println!("{}", text_width::width("abc"));
}
