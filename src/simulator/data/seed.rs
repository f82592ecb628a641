//! Seeded random numbers: an independent stream for each tenant, list and row.

use fastrand::Rng;

/// Where a stream of chance starts.
#[derive(Debug, Clone, Copy)]
pub struct Seed(u64);

impl Seed {
    pub fn new(number: u64) -> Self {
        Self(mix(number))
    }

    /// The seed of part `number`; neighbours have nothing in common.
    pub fn part(self, number: usize) -> Self {
        Self(mix(self.0 ^ mix(number as u64 + 1)))
    }

    pub fn rng(self) -> Rng {
        Rng::with_seed(self.0)
    }
}

/// The finisher of `SplitMix64`: each bit of the number moves half of the bits of the result.
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// One of `choices`, which are never empty here.
pub fn pick<T: Copy>(rng: &mut Rng, choices: &[T]) -> T {
    choices[rng.usize(..choices.len())]
}

/// True about `percent` times of a hundred.
pub fn chance(rng: &mut Rng, percent: u8) -> bool {
    rng.u8(..100) < percent
}
