fn main() {
    let name = std::env::args().nth(1)
    let name = name.unwrap_or_else(|| "world".into());
    println!("hello {name}");
}
