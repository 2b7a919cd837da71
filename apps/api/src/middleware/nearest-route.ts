import { editDistance } from '@calute/core/process/edit-distance';

/** The route whose path is most like this one; what stands for an id fits anything. Undefined when there is none. */
export function nearestRoute(path: string, routes: readonly string[]): string | undefined {
  const wanted = segmentsOf(path);
  const ranked = routes.map((route) => ({ route, distance: distanceOf(wanted, segmentsOf(route)) }));
  return ranked.sort((one, other) => one.distance - other.distance)[0]?.route;
}

/** As documentation writes it: `/v1/responses/{id}`. */
export function showRoute(route: string): string {
  return route.replaceAll(/[:*](\w+)/g, '{$1}');
}

/** Long paths are no typing errors, and the time for each is the square of its length. */
const mostSegments = 8;
const longestSegment = 64;

function segmentsOf(path: string): string[] {
  const segments = path.split('/').filter((segment) => segment !== '');
  return segments.slice(0, mostSegments).map((segment) => segment.slice(0, longestSegment).toLowerCase());
}

function distanceOf(wanted: readonly string[], route: readonly string[]): number {
  const length = Math.max(wanted.length, route.length);
  let distance = 0;
  for (let index = 0; index < length; index += 1) {
    const [one, other] = [wanted[index], route[index]];
    if (one !== undefined && other !== undefined && /^[:*]/.test(other)) continue;
    distance += editDistance(one ?? '', other ?? '') + (one === undefined || other === undefined ? 4 : 0);
  }
  return distance;
}
