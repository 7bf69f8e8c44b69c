/** Made-up applications to the demo's program. Nobody in them exists, and every run creates the same ones. */

const firstNames = ["Amara", "Bashir", "Chloe", "Diego", "Emi", "Farid", "Grace", "Hana", "Ivo", "Jun"];
const lastNames = ["Abara", "Brandt", "Castillo", "Dahl", "Eriksen", "Fofana", "Garza", "Hoang"];
const streets = ["Alder Street", "Birch Avenue", "Cedar Lane", "Dogwood Court", "Elm Street"];
const heatings = ["gas", "electricity", "oil", "other"];
const statuses = ["Received", "In review", "Approved", "Denied", null];
const hourMs = 3_600_000;

/** Applications 1 to `count` as CiviForm's API would list them, one JSON text per line; the newest was submitted an hour before `now`. */
export function* makeDemoApplications(options: { count: number; now: Date }): Generator<string> {
  for (let number = 1; number <= options.count; number += 1) {
    yield `${JSON.stringify(makeApplication({ ...options, number }))}\n`;
  }
}

function makeApplication({ number, count, now }: { number: number; count: number; now: Date }) {
  const pick = <T>(list: readonly T[], salt: number): T => {
    const chosen = list[(number * 7 + salt * 13 + ((number * salt) % 5)) % list.length];
    if (chosen === undefined) throw new Error("the demo picks from an empty list");
    return chosen;
  };
  const submitTime = new Date(now.getTime() - hourMs - (count - number) * 5 * hourMs);
  const createTime = new Date(submitTime.getTime() - (number % 9) * hourMs - 600_000);
  const first = pick(firstNames, 1);
  const last = pick(lastNames, 2);
  const isCurrent = number % 12 !== 0;
  return {
    applicant_id: 1000 + (number % Math.max(1, Math.ceil(count * 0.9))),
    application_id: number,
    create_time: createTime.toISOString(),
    language: number % 6 === 0 ? "es-US" : "en-US",
    program_name: "utility-discount",
    program_version_id: 101,
    revision_state: isCurrent ? "CURRENT" : "OBSOLETE",
    status: pick(statuses, 3),
    submit_time: submitTime.toISOString(),
    submitter_type: number % 8 === 0 ? "TRUSTED_INTERMEDIARY" : "APPLICANT",
    ti_email: number % 8 === 0 ? "navigator@example.org" : null,
    ti_organization: number % 8 === 0 ? "Neighborhood House" : null,
    application: {
      applicant_name: { question_type: "NAME", first_name: first, last_name: last },
      applicant_email: {
        question_type: "EMAIL",
        email: `${first}.${last}.${number}@example.org`.toLowerCase(),
      },
      applicant_phone: {
        question_type: "PHONE",
        phone_number: `+1206555${String(1000 + (number % 9000))}`,
      },
      home_address: {
        question_type: "ADDRESS",
        street: `${100 + number} ${pick(streets, 4)}`,
        city: "Springfield",
        state: "OR",
        zip: "97403",
      },
      move_in_date: {
        question_type: "DATE",
        date: `20${10 + (number % 14)}-0${1 + (number % 9)}-15`,
      },
      heating: { question_type: "SINGLE_SELECT", selection: pick(heatings, 5) },
      household_members: {
        question_type: "ENUMERATOR",
        entities: Array.from({ length: number % 4 }, (_, index) => ({
          entity_name: `${pick(firstNames, index + 6)} ${last}`,
          birth_date: { question_type: "DATE", date: `19${70 + index * 9}-06-0${1 + index}` },
          monthly_income: { question_type: "CURRENCY", currency_dollars: 900.5 + index * 310 },
        })),
      },
      bill_count: { question_type: "NUMBER", number: number % 5 },
      account_number: { question_type: "ID", id: String(number).padStart(8, "0") },
      other_benefits: {
        question_type: "MULTI_SELECT",
        selections: number % 3 === 0 ? ["snap", "medicaid"] : ["none"],
      },
    },
  };
}
