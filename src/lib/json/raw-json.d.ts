/** What Bun's JSON knows of the texts of numbers, until TypeScript has it. */
interface JSON {
  rawJSON(text: string): { readonly rawJSON: string };
  isRawJSON(value: unknown): value is { readonly rawJSON: string };
}
