/** Applications that were read, and can be written as the API serves them: as often and in the way that is asked for. */

import { ByteWriter } from "../../../lib/json/byte-writer.ts";
import { comma } from "../../../lib/json/marks.ts";
import { type ApplicationRow, answersOf } from "./rows.ts";

const lineFeed = 0x0a;
/** More than what an application has beside its answers, most times: in bytes. */
const metadataRoom = 512;

/** Writes one application as a JSON text without line breaks. */
type WriteRow = (out: ByteWriter, row: ApplicationRow) => void;

/** Some applications, in their order. */
export class ServedApplications {
  /** None. */
  static readonly none = new ServedApplications([], () => {});

  constructor(
    private readonly rows: readonly ApplicationRow[],
    private readonly writeRow: WriteRow,
  ) {}

  /** How many there are. */
  get count(): number {
    return this.rows.length;
  }

  /** Writes the elements of a JSON array, without its brackets. */
  writeElements(out: ByteWriter): void {
    this.rows.forEach((row, index) => {
      if (index > 0) out.writeByte(comma);
      this.writeRow(out, row);
    });
  }

  /** Each on a line of its own (NDJSON). */
  toLines(): Uint8Array<ArrayBuffer> {
    const out = new ByteWriter(this.room);
    for (const row of this.rows) {
      this.writeRow(out, row);
      out.writeByte(lineFeed);
    }
    return out.finish();
  }

  /** Each as a string. */
  toStrings(): string[] {
    return this.rows.map((row) => {
      const out = new ByteWriter(answersOf(row).length + metadataRoom);
      this.writeRow(out, row);
      return out.toString();
    });
  }

  private get room(): number {
    return this.rows.reduce((sum, row) => sum + answersOf(row).length + metadataRoom, 0);
  }
}
