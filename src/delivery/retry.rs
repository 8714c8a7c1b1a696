//! When a delivery that was certainly not taken is tried again. No clock, no dice: both are passed in.

use std::time::Duration;

/// After so many attempts a delivery is given up.
pub const MAX_ATTEMPTS: i64 = 8;

const BASE_MS: u64 = 2_000;
const CAP_MS: u64 = 15 * 60 * 1_000;

/// How long to wait after the attempt of that number (from 1): full jitter under a doubling cap.
/// `dice` is a random number from 0 to 1; what the provider asked for is a floor.
pub fn wait_after(attempt: i64, asked: Option<Duration>, dice: f64) -> Duration {
    let doublings = u32::try_from(attempt.clamp(1, 20) - 1).unwrap_or(0);
    let cap = BASE_MS.saturating_mul(1 << doublings).min(CAP_MS);
    let jitter = Duration::from_millis((cap as f64 * dice.clamp(0.0, 1.0)) as u64);
    asked.map_or(jitter, |floor| floor + jitter.min(floor / 4))
}

/// How long to wait after the attempt of that number (from 1) where patience is asked for; none once a day of it
/// has passed. `dice` is a random number from 0 to 1.
pub fn wait_patiently(attempt: i64, dice: f64) -> Option<Duration> {
    let minutes = match attempt {
        ..=1 => 5,
        2 => 15,
        3..=25 => 60,
        _ => return None,
    };
    let wait = Duration::from_secs(60 * minutes);
    Some(wait + wait.mul_f64(dice.clamp(0.0, 1.0) / 10.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_lasts_a_day() {
        let waits: Vec<Duration> = (1..).map_while(|attempt| wait_patiently(attempt, 0.0)).collect();
        assert_eq!(waits[..4], [5, 15, 60, 60].map(|minutes| Duration::from_secs(60 * minutes)));
        let whole: Duration = waits.iter().sum();
        assert!((23..=24).contains(&(whole.as_secs() / 3_600)), "{whole:?}");
    }

    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour_and_spread_over_the_whole_range() {
        assert_eq!(wait_after(1, None, 1.0), Duration::from_secs(2));
        assert_eq!(wait_after(3, None, 1.0), Duration::from_secs(8));
        assert_eq!(wait_after(19, None, 1.0), Duration::from_secs(900));
        assert_eq!(wait_after(3, None, 0.0), Duration::ZERO);
    }

    #[test]
    fn what_the_provider_asks_for_is_a_floor() {
        let asked = Some(Duration::from_secs(60));
        assert_eq!(wait_after(1, asked, 0.0), Duration::from_secs(60));
        assert!(wait_after(8, asked, 1.0) <= Duration::from_secs(75));
    }
}
