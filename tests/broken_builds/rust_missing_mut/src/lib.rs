pub fn even(numbers: &[i32]) -> Vec<i32> {
    let kept = Vec::new();
    for number in numbers {
        if number % 2 == 0 {
            kept.push(*number);
        }
    }
    kept
}
