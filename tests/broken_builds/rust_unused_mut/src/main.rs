#![deny(warnings)]

fn main() {
    let words = std::env::args().skip(1);
    let mut longest = words.map(|word| word.len()).max().unwrap_or(0);
    println!("{longest}");
}
