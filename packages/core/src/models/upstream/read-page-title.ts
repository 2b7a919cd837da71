/** What a web page says of itself: proxies answer failures with one. */
export function readPageTitle(page: string): string | undefined {
  const title = /<(title|h1)[^>]*>([^<]*)<\/\1>/i.exec(page)?.[2]?.replaceAll(/\s+/g, ' ').trim();
  return title === '' ? undefined : title;
}
