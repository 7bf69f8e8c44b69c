/** Rows of CiviForm's `api_keys` table as `psql` gives them out. */

/** One row; every value as PostgreSQL prints it, null where it has none. */
export type CiviFormRow = Readonly<Record<string, string | null>>;

/** A row whose secret is `key-secret-1`, hashed with the tests' salt, unless something else is given. */
export function civiFormRow(given: CiviFormRow = {}): CiviFormRow {
  return {
    id: "7",
    name: "Case management",
    create_time: "2025-05-25 13:46:15.123456-07",
    update_time: "2025-06-01 00:00:00+00",
    created_by: "iss: https://idp.example.gov sub: 0b1d",
    retired_time: null,
    retired_by: null,
    key_id: "AAECAwQFBgcICQoLDA0ODw==",
    salted_key_secret: "qc+rX/w6FZ5Zy/AK0pl+qO+QEzFjkZjstZEmVbqzWLQ=",
    subnet: "203.0.113.7/24,2001:DB8::1/32",
    expiration: "2026-12-01 08:00:00+00",
    call_count: "1234",
    last_call_ip_address: "203.0.113.9",
    grants: '{"programGrants": {"snow-removal": ["READ"]}}',
    ...given,
  };
}

/** `\copy api_keys to 'file' csv header`. */
export function toCsv(rows: readonly CiviFormRow[]): string {
  const names = Object.keys(rows[0] ?? civiFormRow());
  const field = (text: string | null | undefined) =>
    text && /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : (text ?? "");
  const lines = rows.map((row) => names.map((name) => field(row[name])).join(","));
  return `${[names.join(","), ...lines].join("\n")}\n`;
}

/** `select json_agg(k) from api_keys k`: numbers and documents are JSON, times have a `T`. */
export function toJson(rows: readonly CiviFormRow[]): string {
  return JSON.stringify(rows.map(toJsonRow), null, 1);
}

/** `select row_to_json(k) from api_keys k`, without header. */
export function toJsonLines(rows: readonly CiviFormRow[]): string {
  return rows.map((row) => JSON.stringify(toJsonRow(row))).join("\n");
}

function toJsonRow(row: CiviFormRow): Record<string, unknown> {
  const values = Object.entries(row).map(([name, text]) => {
    if (text === null) return [name, null];
    if (name === "call_count" || name === "id") return [name, Number(text)];
    if (name === "grants") return [name, JSON.parse(text)];
    const isTime = name.endsWith("_time") || name === "expiration";
    return [name, isTime ? `${text.replace(" ", "T")}:00` : text];
  });
  return Object.fromEntries(values);
}
