import { describe, expect, test } from 'vitest';
import { defineTeam, type TeamDefinition } from './define-team.ts';
import { isAgent } from './read-definition.ts';

const minimal = { id: 'team', model: 'offline:echo', members: ['a', 'b'] };
const one = { id: 'one', description: 'Do one' };
const define = (more: object) => () => defineTeam({ ...minimal, ...more } as TeamDefinition); // because files may say anything

describe('defineTeam', () => {
  test('needs only an id, a model and members, and fills in the rest', () => {
    const team = defineTeam(minimal);
    expect(isAgent(team)).toBe(true);
    expect(team).toEqual({
      id: 'team',
      model: 'offline:echo',
      sampling: {},
      tools: {},
      handoffs: [],
      fallback: [],
      limits: { maxSteps: 100, maxHandoffs: 1 },
      team: {
        members: [{ agent: 'a' }, { agent: 'b' }],
        process: 'sequential',
        tasks: 'planned',
        isDefault: false,
      },
    });
  });

  test('keeps what is given, frozen', () => {
    const member = { agent: 'a', role: 'Scout', goal: 'Facts' };
    const tasks = [{ ...one, member: 'a', expectedOutput: 'Text', dependsOn: [] }];
    const { team } = defineTeam({ ...minimal, members: [member], process: 'parallel', tasks, default: true });
    expect(team).toEqual({ members: [member], process: 'parallel', tasks, isDefault: true });
    expect([team, team?.members, team?.tasks].every(Object.isFrozen)).toBe(true);
  });

  test.each([
    ['a field that agents alone have', { handoffs: ['c'] }, /handoffs/],
    ['no members', { members: [] }, /members/],
    ['a member twice', { members: ['a', 'a'] }, /members\.1: "a" is listed twice/],
    ['an unknown process', { process: 'swarm' }, /process/],
    [
      'tasks where the lead plans',
      { process: 'planned', tasks: [one] },
      /the lead plans them; leave them out/,
    ],
    ['tasks where all answer', { process: 'consensus', tasks: [one] }, /every member answers/],
    ['a task twice', { tasks: [one, one] }, /Two tasks have the id "one"/],
    [
      'a task of nobody',
      { tasks: [{ ...one, member: 'c' }] },
      /tasks\.0\.member: "c" is no member; members: a, b/,
    ],
    ['a task behind nothing', { tasks: [{ ...one, dependsOn: ['two'] }] }, /depends on "two"/],
    [
      'tasks in a circle',
      {
        tasks: [
          { ...one, dependsOn: ['two'] },
          { ...one, id: 'two', dependsOn: ['one'] },
        ],
      },
      /in a circle: one, two/,
    ],
    [
      'a misspelt field of a task',
      { tasks: [{ id: 'one', descripton: 'x' }] },
      /tasks\.0: Unrecognized key: "descripton"/,
    ],
    ['another word for tasks', { tasks: 'plan' }, /expected tasks \{ id, description \}, "planned"/],
    ['no tasks', { tasks: [] }, /tasks: Too small/],
  ])('refuses %s', (_, more, message) => {
    expect(define(more)).toThrow(message);
    expect(define(more)).toThrow(/^Invalid team "team": /);
  });
});
