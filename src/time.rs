//! Points in time, and the 32-bit serial numbers that DNSSEC writes them with.

use core::fmt;

/// A point in time: seconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// The kernel has no clock. The caller says when it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

impl Time {
    /// This time and `seconds` more; the end of time if that is too much.
    #[must_use]
    pub const fn plus(self, seconds: u32) -> Self {
        Self(self.0.saturating_add(u64_from(seconds)))
    }
}

/// What the caller knows of the time of a call.
///
/// ```
/// use dnsproof::time::{Clock, Time};
/// let exact: Clock = Time(1_795_435_200).into();
/// assert!(exact.is_exact());
/// // A device without a clock knows when its software was built.
/// let device = Clock::not_before(Time(1_790_000_000));
/// assert_eq!((device.earliest(), device.latest()), (Time(1_790_000_000), None));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    earliest: Time,
    latest: Option<Time>,
}

impl Clock {
    /// It is this second.
    #[must_use]
    pub const fn exact(time: Time) -> Self {
        Self { earliest: time, latest: Some(time) }
    }

    /// It is this second or any later one. What ended before counts no more; of everything else
    /// the verdict says until when it holds.
    #[must_use]
    pub const fn not_before(time: Time) -> Self {
        Self { earliest: time, latest: None }
    }

    /// It is somewhere between these two, themselves included, in either order. What does not
    /// hold all the time between them is left open.
    #[must_use]
    pub fn between(one: Time, other: Time) -> Self {
        Self { earliest: one.min(other), latest: Some(one.max(other)) }
    }

    /// The earliest that it can be.
    #[must_use]
    pub const fn earliest(self) -> Time {
        self.earliest
    }

    /// The latest that it can be; `None` if nobody knows.
    #[must_use]
    pub const fn latest(self) -> Option<Time> {
        self.latest
    }

    /// Whether the time is known to the second.
    #[must_use]
    pub fn is_exact(self) -> bool {
        self.latest == Some(self.earliest)
    }

    /// Whether a window from `from` until `until` is open, whatever the time is. Where there is
    /// no latest time, it is enough that the window has not closed before the earliest. A window that
    /// ends before it begins is never open.
    #[must_use]
    pub fn is_within(self, from: Time, until: Time) -> bool {
        from <= until
            && self.earliest <= until
            && self.latest.is_none_or(|latest| from <= self.earliest && latest <= until)
    }
}

impl From<Time> for Clock {
    fn from(time: Time) -> Self {
        Self::exact(time)
    }
}

/// Widening only. `u64::from` is not `const`.
#[expect(clippy::as_conversions, reason = "u32 to u64 loses nothing, and From is not const")]
const fn u64_from(value: u32) -> u64 {
    value as u64
}

/// The 32 bits in which an RRSIG writes inception and expiration (RFC 4034 section 3.1.5).
///
/// They wrap around every 136 years, so they mean something only beside another time:
/// the order is the serial number arithmetic of RFC 1982, and there is no `Ord`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Timestamp(pub u32);

impl Timestamp {
    //= https://www.rfc-editor.org/rfc/rfc4034#section-3.1.5
    //# Because of this, all comparisons involving these fields MUST use "Serial number arithmetic", as defined in
    //# [RFC1982].
    /// Whether this is before `other`, or the same (RFC 1982 section 3.2). Two timestamps
    /// that are exactly 2^31 seconds apart have no order: then neither is before the other.
    ///
    /// ```
    /// use dnsproof::time::Timestamp;
    /// assert!(Timestamp(u32::MAX).at_or_before(Timestamp(5)));
    /// assert!(!Timestamp(0).at_or_before(Timestamp(1 << 31)));
    /// assert!(!Timestamp(1 << 31).at_or_before(Timestamp(0)));
    /// ```
    #[must_use]
    pub const fn at_or_before(self, other: Self) -> bool {
        other.0.wrapping_sub(self.0) < 1 << 31
    }

    /// Reads the text of an RRSIG: `YYYYMMDDHHmmSS` in UTC from 1970 to 2106, or seconds since
    /// 1970 in up to ten digits (RFC 4034 section 3.2). `None` if it is neither, or no date.
    ///
    /// ```
    /// use dnsproof::time::Timestamp;
    /// assert_eq!(Timestamp::from_text("20261123120000"), Some(Timestamp(1_795_435_200)));
    /// assert_eq!(Timestamp::from_text("1795435200"), Some(Timestamp(1_795_435_200)));
    /// assert_eq!(Timestamp::from_text("20260230000000"), None);
    /// ```
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        if !text.bytes().all(|octet| octet.is_ascii_digit()) {
            return None;
        }
        if text.len() <= 10 {
            return text.parse().ok().map(Self);
        }
        let part = |range: core::ops::Range<usize>| {
            let digits = text.as_bytes().get(range)?;
            Some(digits.iter().fold(0_u32, |number, digit| {
                number.saturating_mul(10).saturating_add(u32::from(digit.wrapping_sub(b'0')))
            }))
        };
        let (year, month, day) = (part(0..4)?, part(4..6)?, part(6..8)?);
        let (hour, minute, second) = (part(8..10)?, part(10..12)?, part(12..14)?);
        if text.len() != 14 || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        // Whether there is such a day is seen by its printing so.
        let days = day_of(year, month, day)?;
        if civil(days) != (year, month, day) {
            return None;
        }
        let seconds = hour.checked_mul(3600)?.checked_add(minute.checked_mul(60)?)?.checked_add(second)?;
        days.checked_mul(86_400)?.checked_add(seconds).map(Self)
    }

    /// The full time nearest to `now` that these 32 bits can mean.
    ///
    /// ```
    /// use dnsproof::time::{Time, Timestamp};
    /// assert_eq!(Timestamp(5).near(Time((1 << 32) - 10)), Time((1 << 32) + 5));
    /// ```
    #[must_use]
    pub fn near(self, now: Time) -> Time {
        let ahead = self.0.wrapping_sub(Self::from(now).0);
        if ahead < 1 << 31 {
            Time(now.0.saturating_add(u64::from(ahead)))
        } else {
            Time(now.0.saturating_sub(u64::from(ahead.wrapping_neg())))
        }
    }
}

impl From<Time> for Timestamp {
    /// The lower 32 bits.
    fn from(time: Time) -> Self {
        let [.., a, b, c, d] = time.0.to_be_bytes();
        Self(u32::from_be_bytes([a, b, c, d]))
    }
}

impl fmt::Display for Timestamp {
    /// As an RRSIG shows it: `YYYYMMDDHHmmSS` in UTC (RFC 4034 section 3.2), read as a time
    /// from 1970 to 2106.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil(self.0 / 86_400);
        let second = self.0 % 86_400;
        write!(f, "{year:04}{month:02}{day:02}{:02}{:02}{:02}", second / 3600, second / 60 % 60, second % 60)
    }
}

/// The day of a date, counted from 1970-01-01: [`civil`] backwards, for dates that exist.
const fn day_of(year: u32, month: u32, day: u32) -> Option<u32> {
    let early = month <= 2;
    let Some(year) = year.checked_sub(if early { 1 } else { 0 }) else { return None };
    let month_from_march = if early { month.saturating_add(9) } else { month.saturating_sub(3) };
    let of_year = month_from_march.saturating_mul(153).saturating_add(2) / 5;
    let leap_days = (year / 4).saturating_sub(year / 100).saturating_add(year / 400);
    let days = year.saturating_mul(365).saturating_add(leap_days).saturating_add(of_year).saturating_add(day);
    days.checked_sub(DAYS_TO_1970.saturating_add(1))
}

/// Days from 0000-03-01 to 1970-01-01.
const DAYS_TO_1970: u32 = 719_468;

/// The date of a day counted from 1970-01-01, in the proleptic Gregorian calendar.
/// Days are counted from 0000-03-01, so that a leap day is the last of its year.
const fn civil(day: u32) -> (u32, u32, u32) {
    let day = day.saturating_add(DAYS_TO_1970);
    let era = day / 146_097;
    let of_era = day % 146_097;
    let year_of_era =
        (of_era.saturating_sub(of_era / 1460).saturating_add(of_era / 36_524).saturating_sub(of_era / 146_096)) / 365;
    let before_year = year_of_era.saturating_mul(365).saturating_add(year_of_era / 4).saturating_sub(year_of_era / 100);
    let of_year = of_era.saturating_sub(before_year);
    let month_from_march = of_year.saturating_mul(5).saturating_add(2) / 153;
    let before_month = month_from_march.saturating_mul(153).saturating_add(2) / 5;
    let day_of_month = of_year.saturating_sub(before_month).saturating_add(1);
    let month =
        if month_from_march < 10 { month_from_march.saturating_add(3) } else { month_from_march.saturating_sub(9) };
    let year = era.saturating_mul(400).saturating_add(year_of_era);
    (if month <= 2 { year.saturating_add(1) } else { year }, month, day_of_month)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;

    #[test]
    fn timestamps_print_as_rrsig_text() {
        for (seconds, text) in [
            (0, "19700101000000"),
            (951_782_399, "20000228235959"),
            (951_782_400, "20000229000000"),
            (1_079_654_400, "20040319000000"),
            (4_107_542_399, "21000228235959"),
            (4_107_542_400, "21000301000000"),
            (u32::MAX, "21060207062815"),
        ] {
            assert_eq!(Timestamp(seconds).to_string(), text);
        }
    }

    #[test]
    fn every_day_reads_back() {
        for day in 0..=u32::MAX / 86_400 {
            let (year, month, of_month) = civil(day);
            assert_eq!(day_of(year, month, of_month), Some(day));
        }
        for text in
            ["20260230000000", "20261301000000", "20260001000000", "20260100000000", "19691231235959", "21060207062816"]
        {
            assert_eq!(Timestamp::from_text(text), None, "{text}");
        }
    }

    #[test]
    fn near_looks_both_ways() {
        let now = Time(1_700_000_000);
        assert_eq!(Timestamp(1_700_000_001).near(now), Time(1_700_000_001));
        assert_eq!(Timestamp(1_699_999_999).near(now), Time(1_699_999_999));
        assert_eq!(Timestamp(u32::MAX).near(Time(1 << 32)), Time((1 << 32) - 1));
        assert_eq!(Timestamp(u32::MAX).near(Time(0)), Time(0), "there is no time before 1970");
    }
}
