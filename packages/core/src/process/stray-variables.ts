import { editDistance } from './edit-distance.ts';
import { knownVariables } from './known-variables.ts';

/** A variable that is set and that nothing reads. */
export interface StrayVariable {
  readonly name: string;
  /** What was probably meant; undefined when nothing is like it. */
  readonly meant: string | undefined;
  /** `fault`: certainly a slip, because the name is ours and what it is like is not set. */
  readonly kind: 'fault' | 'warning';
}

const ownPrefix = 'CALUTE_';
/** Variables of the tests. */
const testPrefix = 'CALUTE_TEST_';
/** Shorter names are near to many that have nothing to do with us. */
const minNearLength = 8;

/** Variables whose names begin as ours or are nearly ours, and that no role reads, by name. */
export function findStrayVariables(
  environment: Readonly<Record<string, string | undefined>>,
): readonly StrayVariable[] {
  const given = Object.keys(environment).filter((name) => environment[name]);
  return given
    .filter((name) => !isKnown(name) && !isServiceLink(name, environment[name]))
    .flatMap((name) => judge(name, environment))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** In one clause, for a list of faults or as a warning of its own. */
export function describeStray({ name, meant }: StrayVariable): string {
  if (meant !== undefined) return `${name} (unknown; do you mean ${meant}?)`;
  const own = knownVariables.filter((known) => known.startsWith(ownPrefix));
  return `${name} (unknown; those of Calute are ${own.join(', ')})`;
}

function judge(name: string, environment: Readonly<Record<string, string | undefined>>): StrayVariable[] {
  const upper = name.toUpperCase();
  const isOwn = upper.startsWith(ownPrefix) && !upper.startsWith(testPrefix);
  const meant = isOwn ? findMeant(upper, 2) : findMeant(upper, 1);
  const isFree = meant !== undefined && !environment[meant];
  if (!isOwn) return isFree ? [{ name, meant, kind: 'warning' }] : [];
  return [{ name, meant, kind: isFree ? 'fault' : 'warning' }];
}

function findMeant(upper: string, maxDistance: number): string | undefined {
  const bare = upper.startsWith(ownPrefix) ? upper.slice(ownPrefix.length) : upper;
  const same = knownVariables.find((known) => [upper, bare].some((one) => squeeze(one) === squeeze(known)));
  if (same !== undefined || upper.length < minNearLength) return same;
  const ranked = knownVariables
    .map((known) => ({ known, distance: editDistance(upper, known) }))
    .sort((a, b) => a.distance - b.distance);
  return ranked.find(({ distance }) => distance <= maxDistance)?.known;
}

function squeeze(name: string): string {
  return name.replaceAll('_', '');
}

function isKnown(name: string): boolean {
  return knownVariables.some((known) => known === name);
}

/** Kubernetes sets such variables for every service of the namespace, and one may well be called `calute`. */
function isServiceLink(name: string, value: string | undefined): boolean {
  return /_SERVICE_(HOST|PORT)(_|$)|_PORT_\d+_(TCP|UDP)/.test(name) || /^(tcp|udp):\/\//.test(value ?? '');
}
