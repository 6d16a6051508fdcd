/// What an invoice comes to, in cents, with the tax given in percent.
pub fn with_tax(lines: &[u64], percent: u64) -> u64 {
    let mut total = 0;
    for line in lines {
        total += line;
    }
    total + totl * percent / 100
}
