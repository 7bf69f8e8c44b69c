import type { ProgramListPath } from "../parts/hrefs.ts";
import { SearchForm } from "../parts/search-form.tsx";

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
