import type { ProgramListPath } from "./program-list.ts";
import { SearchForm } from "./search-form.tsx";

/** The search among programs. The list is `#programs`. */
export function ProgramSearch(props: { path: ProgramListPath; search: string }): JSX.Element {
  return (
    <SearchForm
      {...props}
      region="programs"
      label="Search by name, slug or version ID"
      placeholder="Name, slug, version ID"
    />
  );
}
