import { describe, expect, test } from "bun:test";
import { fillForm } from "../../../src/http/answers/fill-form.ts";
import { readText } from "../../support/markup.ts";

const markup = `
  <form action="/send">
    <input name="name" value="old"> <input type="date" name="day" value=""> <input type="search" name="other" value="kept">
    <input type="checkbox" name="box[a]" value="true"> <input type="checkbox" name="box[b]" value="true" checked>
    <input type="radio" name="grace" value="0"> <input type="radio" name="grace" value="24h" checked>
    <textarea name="note" rows="2">
old</textarea>
    <select name="status"><option value="a" selected>A</option><option value="b">B</option></select>
    <input type="hidden" name="token" value="own"> <input type="password" name="password" value="">
  </form>
  <form action="/other"><input name="name" value="other"></form>`;

const fill = (fields: Record<string, string>, status = 200) =>
  fillForm(new Response(markup, { status }), { action: "/send", fields: new URLSearchParams(fields) }).text();

describe("filling in a form", () => {
  test("brings back texts, boxes and choices, and leaves secrets, hidden fields and other forms alone", async () => {
    const typed = { name: "new", day: "next Tuesday", "box[a]": "true", grace: "0", note: "one\ntwo", status: "b" };
    const html = await fill({ ...typed, token: "theirs", password: "secret" });
    for (const part of [
      '<input name="name" value="new">',
      '<input type="text" name="day" value="next Tuesday">',
      'name="other" value="kept"',
      'name="box[a]" value="true" checked="">',
      'name="box[b]" value="true">',
      'name="grace" value="0" checked="">',
      'name="grace" value="24h">',
      '<textarea name="note" rows="2">\none\ntwo</textarea>',
      '<option value="a">A</option><option value="b" selected="">B</option>',
      'name="token" value="own"',
      'name="password" value=""',
      '<form action="/other"><input name="name" value="other"></form>',
    ]) {
      expect(html).toContain(part);
    }
  });

  test("writes what was typed as text, whatever it looks like", async () => {
    const hostile = `"><script>alert('&lt;')</script></textarea>`;
    const html = await fill({ name: hostile, note: hostile });
    expect(html).not.toContain("<script");
    const written = Bun.escapeHTML(hostile);
    expect(html).toContain(`<input name="name" value="${written}">`);
    expect(readText(html)).toContain(hostile);
  });

  test("leaves an answer that is not the page as it is", async () => {
    expect(await fill({ name: "new" }, 404)).toBe(markup);
  });
});
