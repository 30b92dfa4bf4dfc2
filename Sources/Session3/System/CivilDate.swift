// SPDX-License-Identifier: MIT

/// A day of the proleptic Gregorian calendar.
struct CivilDate {
  let year: Int64
  let month: Int64
  let day: Int64

  /// The date of a day counted from 1970-01-01; by eras of 400 years that begin on 1 March, so that
  /// a leap day comes last.
  init(dayNumber: Int64) {
    let shifted = dayNumber + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }
}

/// A second of the proleptic Gregorian calendar, in UTC.
struct CivilTime {
  /// The day, counted from 1970-01-01.
  let dayNumber: Int64
  let date: CivilDate
  let hour: UInt64
  let minute: UInt64
  let second: UInt64

  /// The time of a second counted from 1970 UTC.
  /// - Parameter seconds: as far from 1970 as microseconds in an `Int64` reach.
  init(seconds: Int64) {
    let secondOfDay = ((seconds % 86_400) + 86_400) % 86_400
    dayNumber = (seconds - secondOfDay) / 86_400
    date = CivilDate(dayNumber: dayNumber)
    hour = UInt64(secondOfDay / 3_600)
    minute = UInt64(secondOfDay / 60 % 60)
    second = UInt64(secondOfDay % 60)
  }
}
