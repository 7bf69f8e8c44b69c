/** The fields of an API key: how each is read, and what can be wrong with it. */
import { isEmailAddress } from "../../../lib/net/email-address.ts";
import {
  coversMoreThanHalf,
  parseAddress,
  parseSubnet,
  type Subnet,
  splitSubnetList,
} from "../../../lib/net/subnets.ts";
import { addDays, localDate, parseDate, startOfDay } from "../../../lib/time/times.ts";

/** What an instance allows. */
export interface ApiKeyRules {
  /** IANA name of the instance's zone. */
  readonly zone: string;
  /** 0 = no limit. */
  readonly lifetimeDaysMax: number;
  readonly bansGlobalSubnet: boolean;
}

const nameLengthMax = 200;
const noteLengthMax = 2000;
const subnetsMax = 200;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern looks for them
const controlCharacter = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/** The latest date that a key made now may expire on, or undefined without a limit. */
export function latestExpiration(rules: ApiKeyRules, now: Date): string | undefined {
  if (rules.lifetimeDaysMax === 0) return undefined;
  return addDays(localDate(now, rules.zone), rules.lifetimeDaysMax);
}

/** What is wrong with a key's name. */
export function findNameProblems(name: string): string[] {
  if (name === "") return ["Key name cannot be blank."];
  if (name.length > nameLengthMax) return [`Key name must have ${nameLengthMax} characters or fewer.`];
  return /[\p{Cc}\p{Zl}\p{Zp}]/u.test(name) ? ["Key name cannot contain line breaks or control characters."] : [];
}

/** What is wrong with a contact; none is fine. */
export function findContactProblems(contactEmail: string): string[] {
  return contactEmail === "" || isEmailAddress(contactEmail)
    ? []
    : ["Contact e-mail must be an address such as name@example.org."];
}

/** What is wrong with a note, or another text for people; none is fine. */
export function findNoteProblems(note: string, name = "Note"): string[] {
  return [
    ...(note.length > noteLengthMax ? [`${name} must have ${noteLengthMax} characters or fewer.`] : []),
    ...(controlCharacter.test(note) ? [`${name} cannot contain control characters.`] : []),
  ];
}

/** A form's token as it is stored; null for none, and for a text that no form of ours has. */
export function readFormToken(text: string): string | null {
  return /^[\w-]{1,64}$/.test(text) ? text : null;
}

/** Reads the day (`YYYY-MM-DD`) at whose start in the zone a key made now stops working. */
export function readExpiration(
  text: string,
  { rules, now }: { rules: ApiKeyRules; now: Date },
): { expiration: Date | undefined; problems: string[] } {
  const { expiration, problems } = readDay(text, rules.zone);
  if (expiration === undefined) return { expiration, problems };
  if (expiration <= now) return { expiration, problems: ["Expiration must be in the future."] };
  const latest = latestExpiration(rules, now);
  const isTooLate = latest !== undefined && text > latest;
  return {
    expiration,
    problems: isTooLate ? [`Expiration must be on or before ${latest}.`] : [],
  };
}

/** Reads a day as its start in the zone, whenever that is. */
export function readDay(
  text: string,
  zone: string,
  name = "Expiration",
): { expiration: Date | undefined; problems: string[] } {
  const expiration = parseDate(text) && startOfDay(text, zone);
  if (expiration !== undefined) return { expiration, problems: [] };
  const problem = text === "" ? "cannot be blank" : "must be in the form YYYY-MM-DD";
  return { expiration: undefined, problems: [`${name} ${problem}.`] };
}

/** Reads the day until whose start the holder may replace a key; an empty text is null, never. */
export function readRenewUntil(
  text: string,
  { zone, now }: { zone: string; now: Date },
): { renewUntil: Date | null; problems: string[] } {
  if (text === "") return { renewUntil: null, problems: [] };
  const { expiration = null, problems } = readDay(text, zone, "Renewal date");
  const isPast = expiration !== null && expiration <= now;
  return { renewUntil: expiration, problems: isPast ? ["Renewal date must be in the future."] : problems };
}

/** Reads a list of subnets as it was typed; `parsed` are those that are subnets. */
export function readSubnets(text: string): { parsed: Subnet[]; problems: string[] } {
  const elements = splitSubnetList(text);
  if (elements.length === 0) return { parsed: [], problems: ["Subnet cannot be blank."] };
  if (elements.length > subnetsMax) {
    return { parsed: [], problems: [`Subnet cannot have more than ${subnetsMax} elements.`] };
  }
  const parsed = elements.map((element) => ({ element, subnet: parseSubnet(element) }));
  const wrong = parsed.filter(({ subnet }) => subnet === undefined).map(({ element }) => element);
  return {
    parsed: parsed.flatMap(({ subnet }) => subnet ?? []),
    problems: wrong.map((element) => `Subnet must be in CIDR notation. ${explainSubnet(element)}`),
  };
}

function explainSubnet(element: string): string {
  const address = parseAddress(element);
  if (address === undefined) return `This is not: ${element}`;
  return `${element} is a single address. Did you mean ${address.text}/${address.family === 4 ? 32 : 128}?`;
}

/** A subnet of a new key, and why somebody should look twice at it. */
export interface PreviewedSubnet {
  readonly subnet: Subnet;
  /** What was typed, when its host bits were cleared; null when the subnet is what was typed. */
  readonly typed: string | null;
  /** Larger than /16, or /32 of IPv6. */
  readonly isBroad: boolean;
}

/** The subnets in a list as it was typed, each once, without what cannot be read. */
export function previewSubnets(text: string): PreviewedSubnet[] {
  const previewed = splitSubnetList(text)
    .slice(0, subnetsMax)
    .flatMap((element) => {
      const subnet = parseSubnet(element);
      if (subnet === undefined) return [];
      const isCleared = parseAddress(element.replace(/\/.*/, ""))?.value !== subnet.first;
      const isBroad = subnet.prefixLength < (subnet.family === 4 ? 16 : 32);
      return { subnet, typed: isCleared ? element : null, isBroad };
    });
  return [...new Map(previewed.map((one) => [one.subnet.text, one])).values()];
}

/** The subnets that a person has to confirm, as the form sends them back; empty when there are none. */
export function subnetsToConfirm(text: string): string {
  const doubtful = previewSubnets(text).filter(({ typed, isBroad }) => isBroad || typed !== null);
  return doubtful.map(({ subnet }) => subnet.text).join(" ");
}

/** The canonical texts of subnets, each once. */
export function textsOf(subnets: readonly Subnet[]): string[] {
  return [...new Set(subnets.map(({ text }) => text))];
}

/** What is wrong with what the subnets of a new key cover together. */
export function findCoverageProblems(subnets: readonly Subnet[], rules: ApiKeyRules): string[] {
  return rules.bansGlobalSubnet && coversMoreThanHalf(subnets) ? ["Subnet cannot allow all IP addresses."] : [];
}
