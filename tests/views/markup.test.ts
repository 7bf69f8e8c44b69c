import { describe, expect, test } from "bun:test";
import { secretFields } from "../../src/http/page-guard/kept-form.ts";
import { readElements, readText } from "../support/markup.ts";
import { renderSamples } from "../support/sample-pages.ts";

const samples = renderSamples({ href: (name) => `/assets/${name}`, version: "0.1.0" });

describe.each(Object.entries(samples))("the page %s", (_name, html) => {
  const elements = readElements(html);
  const values = (name: string) => elements.flatMap(({ attributes }) => attributes.get(name)?.split(" ") ?? []);

  test("has no inline script, style or handler, and nothing from another host", () => {
    for (const { tag, attributes } of elements) {
      expect(tag).not.toBe("style");
      if (tag === "script") expect(attributes.get("src")).toStartWith("/assets/");
      for (const [name, value] of attributes) {
        expect(name).not.toBe("style");
        expect(name).not.toMatch(/^on|^hx-on/);
        if (["href", "src", "action", "hx-get"].includes(name)) expect(value).toMatch(/^($|[/#](?!\/))/);
      }
    }
    expect(html.match(/<script[^>]*>[^<]/)).toBeNull();
  });

  test("is a document in English with one title, one heading and one main part", () => {
    expect(html).toStartWith('<!doctype html><html lang="en">');
    // Drawings have titles of their own.
    const outside = readElements(html.replace(/<svg.*?<\/svg>/gs, ""));
    const count = (wanted: string) => outside.filter(({ tag }) => tag === wanted).length;
    expect([count("title"), count("h1"), count("main")]).toEqual([1, 1, 1]);
  });

  test("has unique ids, and what refers to one refers to one that is there", () => {
    const ids = values("id");
    expect(ids).toEqual([...new Set(ids)]);
    const references = ["for", "aria-labelledby", "aria-describedby", "data-copy", "data-fill"];
    for (const id of references.flatMap(values)) expect(ids).toContain(id);
    for (const href of values("href").filter((value) => value.startsWith("#"))) {
      expect(ids).toContain(href.slice(1));
    }
  });

  test("asks for secrets only in fields that are never kept", () => {
    const secret = elements.filter(({ attributes }) => {
      const [type, autocomplete] = [attributes.get("type"), attributes.get("autocomplete")];
      return type === "password" || autocomplete === "one-time-code";
    });
    for (const { attributes } of secret) expect([...secretFields]).toContain(attributes.get("name") ?? "");
  });

  test("shows neither undefined nor an object", () => {
    expect(readText(html)).not.toMatch(/undefined|\[object|NaN|Invalid Date/);
  });
});
