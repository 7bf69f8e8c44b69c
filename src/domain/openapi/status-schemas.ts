/** The schemas of statuses: to set one, to read one, and their history. */
import { listOf, nullable, objectOf, ref, type Schemas } from "./schema.ts";

const time = { type: "string", format: "date-time" } as const;
const apiKeyName = nullable("string", {
  description: "The name of the key that set it; null for an import.",
});

/** The schemas that every document has. */
export const statusSchemas: Schemas = {
  status_form: objectOf(
    {
      status: nullable("string", { examples: ["Approved"] }),
      note: nullable("string"),
    },
    { optional: ["note"] },
  ),
  status: objectOf(
    {
      application_id: { type: "integer", format: "int64" },
      status: nullable("string"),
      status_last_modified_time: time,
      application_note: nullable("string", { description: "Only if a note was sent." }),
    },
    { optional: ["application_note"] },
  ),
  history: objectOf({ payload: listOf(ref("status_change")) }),
  status_change: objectOf({
    status: nullable("string"),
    note: nullable("string"),
    time: { ...time, description: "When it changed, in the instance's time zone." },
    previous_status: nullable("string"),
    previous_note: nullable("string"),
    source: { type: "string", enum: ["API", "IMPORT"] },
    api_key_name: apiKeyName,
  }),
};
