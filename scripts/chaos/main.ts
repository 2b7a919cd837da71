// Scripts may not import tests; like the roles, the suite is started by its path.
await import(new URL('../../tests/chaos/chaos-main.ts', import.meta.url).href);
