pub fn is_idle(jobs: &[String]) -> bool {
    return jobs.len() == 0;
}
