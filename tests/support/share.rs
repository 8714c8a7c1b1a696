//! How much of a drill runs, and which choices it makes.

/// How large a drill is: the variable `name`, else all of it for `PUSHDECK_DRILL=full`, else its share.
pub fn size(name: &str, share: u32, full: u32) -> u32 {
    let all = std::env::var("PUSHDECK_DRILL").is_ok_and(|asked| asked == "full");
    let asked = std::env::var(name).ok().map(|n| n.parse().expect("a number"));
    asked.unwrap_or(if all { full } else { share })
}

/// The choices of one drill, printed so that `PUSHDECK_DRILL_SEED` can repeat them.
pub fn dice(drill: &str) -> fastrand::Rng {
    let seed = match std::env::var("PUSHDECK_DRILL_SEED") {
        Ok(seed) => seed.parse().expect("a number"),
        Err(_) => fastrand::u64(..),
    };
    println!("{drill}: PUSHDECK_DRILL_SEED={seed}");
    fastrand::Rng::with_seed(seed)
}
