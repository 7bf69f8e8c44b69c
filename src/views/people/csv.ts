import { describeInWords } from "../../domain/access/people/in-words.ts";
import type { DescribedPerson } from "../../domain/access/people/list.ts";
import type { CsvColumns } from "../../lib/csv.ts";

/** People as a table to download. */
export const peopleColumns: CsvColumns<DescribedPerson> = {
  email: ({ email }) => email,
  state: ({ state }) => state,
  roles: (person) => describeInWords(person).roles.join("; "),
  signs_in_with: (person) => describeInWords(person).signInWith.join("; "),
  second_factor: (person) => describeInWords(person).secondFactor.join("; "),
  created: ({ createdAt }) => createdAt,
  last_signed_in: ({ lastSignedInAt }) => lastSignedInAt,
  sessions: ({ sessionCount }) => sessionCount,
  invitation_expires: ({ invitationExpiresAt }) => invitationExpiresAt,
  disabled: ({ disabledAt }) => disabledAt,
};
