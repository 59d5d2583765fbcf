//! Copies of a good file that something went wrong with on their way.

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

/// The copy of this number: the same one each time. It is cut short, has bits flipped, or has a part of
/// itself, of zeros or of noise in the place of another; half of the time where the headers and tables are.
pub fn corrupted(good: &[u8], seed: u64) -> Vec<u8> {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut copy = good.to_vec();
    for _ in 0..random.random_range(1..=3) {
        if copy.is_empty() {
            break;
        }
        // What is read of a library stands at its beginning, its end, and anywhere.
        let within = match random.random_range(0..4) {
            0 => copy.len().min(1024),
            1 => copy.len().min(64 << 10),
            _ => copy.len(),
        };
        let at = random.random_range(0..within);
        let length = random.random_range(1..=4096_usize.min(copy.len() - at));
        match random.random_range(0..8) {
            0 => copy.truncate(at),
            1..=3 => {
                for _ in 0..random.random_range(1..=16) {
                    let at = random.random_range(0..within);
                    copy[at] ^= 1 << random.random_range(0..8);
                }
            }
            4 => {
                let from = random.random_range(0..=copy.len() - length);
                copy.copy_within(from..from + length, at);
            }
            5 => drop(copy.drain(at..at + length)),
            6 => random.fill(&mut copy[at..at + length]),
            _ => copy[at..at + length].fill(if random.random() { 0 } else { 0xff }),
        }
    }
    copy
}
