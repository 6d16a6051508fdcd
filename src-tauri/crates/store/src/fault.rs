//! Points at which a test may cut the process off. Without feature `fault` there are none.
//!
//! With `PERCH_KILL_AT=n` in the environment the process kills itself at the n-th point it reaches,
//! counted from 1, as `kill -9` would: no destructor runs, no buffer is flushed.

/// A place where a crash must lose nothing that was acknowledged and double nothing that was done.
#[cfg(feature = "fault")]
pub fn point() {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[expect(
        clippy::disallowed_methods,
        reason = "a test's switch, compiled into test builds only"
    )]
    static KILL_AT: LazyLock<Option<u64>> =
        LazyLock::new(|| std::env::var("PERCH_KILL_AT").ok()?.parse().ok());
    static REACHED: AtomicU64 = AtomicU64::new(0);
    if Some(REACHED.fetch_add(1, Ordering::SeqCst) + 1) == *KILL_AT {
        let kill = std::process::Command::new("kill")
            .args(["-9", &std::process::id().to_string()])
            .status();
        unreachable!("killed itself: {kill:?}");
    }
}

/// A place where a crash must lose nothing that was acknowledged and double nothing that was done.
#[cfg(not(feature = "fault"))]
#[inline]
pub fn point() {}
