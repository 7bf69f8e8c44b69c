/** What statuses look like on the wire (spec 5): as they are sent, as they are, and as they came about. */
import { listOf, nullable, objectOf, ref, type Schemas } from "./schema.ts";

const time = { type: "string", format: "date-time" } as const;
const apiKeyName = nullable("string", {
  description: "The name of the key that set it; null when it came with an import.",
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
      application_note: nullable("string", { description: "Only when a note was sent." }),
    },
    { optional: ["application_note"] },
  ),
  history: objectOf({ payload: listOf(ref("status_change")) }),
  status_change: objectOf({
    status: nullable("string"),
    note: nullable("string"),
    time: { ...time, description: "When it changed, in the zone of the instance." },
    previous_status: nullable("string"),
    previous_note: nullable("string"),
    source: { type: "string", enum: ["API", "IMPORT"] },
    api_key_name: apiKeyName,
  }),
};
