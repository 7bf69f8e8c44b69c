/** The part of Temporal (native in Bun) that the code needs, until TypeScript has it. */
declare namespace Temporal {
  class Instant {
    static from(text: string): Instant;
    static fromEpochMilliseconds(epochMilliseconds: number): Instant;
    readonly epochNanoseconds: bigint;
    round(to: { smallestUnit: "microsecond"; roundingMode: "ceil" }): Instant;
    toZonedDateTimeISO(timeZone: string): ZonedDateTime;
  }

  class ZonedDateTime {
    constructor(epochNanoseconds: bigint, timeZone: string);
    readonly epochMilliseconds: number;
    readonly offset: string;
    readonly offsetNanoseconds: number;
    add(duration: { nanoseconds: number }): ZonedDateTime;
    getTimeZoneTransition(direction: "next" | "previous"): ZonedDateTime | null;
    toInstant(): Instant;
    toPlainDate(): PlainDate;
    toPlainDateTime(): PlainDateTime;
  }

  class PlainDateTime {
    static from(text: string): PlainDateTime;
    toZonedDateTime(timeZone: string): ZonedDateTime;
    toString(options?: { fractionalSecondDigits: 0 | 3 | 6 }): string;
  }

  class PlainDate {
    static from(text: string): PlainDate;
    add(duration: { days: number }): PlainDate;
    toZonedDateTime(timeZone: string): ZonedDateTime;
    toString(): string;
  }
}
