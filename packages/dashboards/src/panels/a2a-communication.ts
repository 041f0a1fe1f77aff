import { AGENTS, buckets, grown, label, labels, legend, metric, own, quantile, rate, share } from '../promql.ts';
import { each, failed, from, perSecond, said, seconds, time } from '../sql.ts';
import type { Board, Panel } from './panel.ts';

const handled = metric('tally.a2a.bridge.executions');
const durations = buckets('tally.a2a.bridge.duration');
const sent = metric('tally.a2a.sends');
const notSent = metric('tally.a2a.send_failures');
/** Only the process in which a task lives sees it go from state to state. */
const transitions = metric('tally.a2a.task.transitions', { of: AGENTS });
const failures = metric('tally.a2a.task.transitions', {
  of: AGENTS,
  more: `${label('a2aTaskState')}=~"failed|rejected"`,
});
const messages = own('tallyspan_a2a_messages_total');
const pair = 'source_agent, target_agent';
const executed = from("operation = 'a2a_execute'");
const asked = from("operation = 'a2a_send'");
const commands = 'cmd=~"get|set|del|hget|hset|hgetall|hdel|expire|xadd|xread|publish|subscribe"';

const panels: readonly Panel[] = [
  {
    id: 'completed-share',
    title: 'Tasks completed',
    meaning: 'Part of the handled messages that left their task completed, in the chosen time.',
    ...{ unit: 'ratio', source: 'tallyspan', kind: 'figure', warn: 0.95, bad: 0.8, lowIsBad: true },
    queries: [
      {
        promql: share(
          grown('', metric('tally.a2a.bridge.executions', { more: `${label('a2aTaskState')}="completed"` })),
          grown('', handled),
        ),
        legend: 'completed',
      },
    ],
    sql: each({}, { completed: "countIf(ifNull(task_state = 'completed', false)) / greatest(count(), 1)" }, executed),
  },
  {
    id: 'failed-tasks',
    title: 'Tasks failed',
    meaning: 'Handled messages that left their task failed or rejected, in the chosen time.',
    ...{ unit: 'count', source: 'tallyspan', kind: 'figure', warn: 1 },
    queries: [
      {
        promql: `${grown('', metric('tally.a2a.bridge.executions', { more: `${label('a2aTaskState')}=~"failed|rejected"` }))} or vector(0)`,
        legend: 'failed',
      },
    ],
    sql: each({}, { failed: "countIf(ifNull(task_state IN ('failed', 'rejected'), false))" }, executed),
  },
  {
    id: 'messages-sent',
    title: 'Messages sent',
    meaning: 'Messages from agents to agents in the chosen time, failed ones included.',
    ...{ unit: 'count', source: 'tallyspan', kind: 'figure' },
    queries: [{ promql: grown('', sent), legend: 'messages' }],
    sql: each({}, { messages: 'count()' }, asked),
  },
  {
    id: 'open-streams',
    title: 'Open streams',
    meaning: 'Connections of server-sent events on which agents follow tasks, now.',
    ...{ unit: 'count', source: 'sdk', kind: 'figure' },
    queries: [{ promql: `sum(${metric('tally.a2a.streams.active', { of: AGENTS })})`, legend: 'open' }],
  },
  {
    id: 'lifecycle',
    title: 'Task lifecycle',
    meaning: 'Tasks a second that came into a state: submitted, working, then completed, failed or canceled.',
    ...{ unit: 'perSecond', source: 'sdk', kind: 'lines' },
    queries: [{ promql: rate(label('a2aTaskState'), transitions), legend: legend('a2aTaskState') }],
  },
  {
    id: 'final-states',
    title: 'How work for others ends',
    meaning: 'Handled messages a second, by the state in which they left their task.',
    ...{ unit: 'perSecond', source: 'tallyspan', kind: 'lines' },
    queries: [{ promql: rate(label('a2aTaskState'), handled), legend: legend('a2aTaskState') }],
    sql: each({ time, state: said('task_state') }, { a_second: perSecond('count()') }, executed),
  },
  {
    id: 'transitions',
    title: 'Transitions',
    meaning: 'From which state to which, in the chosen time. A new task comes from no state.',
    ...{ unit: 'count', source: 'sdk', kind: 'table' },
    queries: [
      { promql: grown(labels('fromState', 'a2aTaskState'), transitions), legend: legend('fromState', 'a2aTaskState') },
    ],
  },
  {
    id: 'transition-errors',
    title: 'Transitions that failed, by state',
    meaning:
      'Of the tasks that left a state: the part that failed or was rejected. It says at which step things go wrong.',
    ...{ unit: 'ratio', source: 'sdk', kind: 'lines' },
    queries: [
      {
        promql: share(rate(label('fromState'), failures), rate(label('fromState'), transitions)),
        legend: legend('fromState'),
      },
    ],
  },
  {
    id: 'pairs',
    title: 'Messages, by pair of agents',
    meaning: 'Messages a second of which both sides are stored: who asks whom.',
    ...{ unit: 'perSecond', source: 'tallyspan', kind: 'lines' },
    queries: [{ promql: rate(pair, messages), legend: '{{source_agent}} → {{target_agent}}' }],
    sql: each({ time, source: said('agent'), target: said('peer_agent') }, { a_second: perSecond('count()') }, asked),
  },
  {
    id: 'pair-matrix',
    title: 'Who asked whom',
    meaning: 'Messages in the chosen time, source by target.',
    ...{ unit: 'count', source: 'tallyspan', kind: 'table' },
    queries: [{ promql: grown(pair, messages), legend: '{{source_agent}} → {{target_agent}}' }],
    sql: each({ source_agent: said('agent'), target_agent: said('peer_agent') }, { messages: 'count()' }, asked),
  },
  {
    id: 'task-durations',
    title: 'How long tasks take',
    meaning:
      'Handled messages by how long the work took. A second band above the first is a second kind of task, or a timeout.',
    ...{ unit: 'seconds', source: 'tallyspan', kind: 'heat' },
    queries: [{ promql: `sum by (le) (increase(${durations}[$__rate_interval]))`, legend: '{{le}}' }],
  },
  {
    id: 'task-percentiles',
    title: 'How long tasks take, percentiles',
    meaning: 'Half of the handled messages, 95 and 99 of a hundred took no longer.',
    ...{ unit: 'seconds', source: 'tallyspan', kind: 'lines' },
    queries: [0.5, 0.95, 0.99].map((part) => ({ promql: quantile(part, '', durations), legend: `p${part * 100}` })),
    sql: each(
      { time },
      { p50: `quantile(0.5)(${seconds})`, p95: `quantile(0.95)(${seconds})`, p99: `quantile(0.99)(${seconds})` },
      executed,
    ),
  },
  {
    id: 'answer-time',
    title: 'How long an answer takes, p95 by peer',
    meaning: 'What the asking side waits: the work, the network and the queue of the other agent.',
    ...{ unit: 'seconds', source: 'tallyspan', kind: 'lines' },
    queries: [
      {
        promql: quantile(0.95, labels('agent', 'peerAgent'), buckets('tally.a2a.send.duration')),
        legend: `{{${label('agent')}}} → {{${label('peerAgent')}}}`,
      },
    ],
    sql: each({ time, peer: said('peer_agent') }, { p95: `quantile(0.95)(${seconds})` }, asked),
  },
  {
    id: 'streams',
    title: 'Streams, by agent',
    meaning: 'Connections of server-sent events that are open. It returns to 0 when nobody follows a task.',
    ...{ unit: 'count', source: 'sdk', kind: 'lines' },
    queries: [
      {
        promql: `sum by (${label('agent')}) (${metric('tally.a2a.streams.active', { of: AGENTS })})`,
        legend: legend('agent'),
      },
    ],
  },
  {
    id: 'send-failures',
    title: 'Messages that failed, by peer',
    meaning: 'Part of the messages to an agent that were not answered.',
    ...{ unit: 'ratio', source: 'tallyspan', kind: 'lines' },
    queries: [
      { promql: share(rate(label('peerAgent'), notSent), rate(label('peerAgent'), sent)), legend: legend('peerAgent') },
    ],
    sql: each({ time, peer: said('peer_agent') }, { failed: `${failed} / count()` }, asked),
  },
  {
    id: 'send-failure-reasons',
    title: 'Why messages failed',
    meaning: 'Failed messages in the chosen time, by class of error.',
    ...{ unit: 'count', source: 'tallyspan', kind: 'table' },
    queries: [{ promql: grown(labels('peerAgent', 'errorType'), notSent), legend: legend('peerAgent', 'errorType') }],
    sql: each(
      { peer: said('peer_agent'), reason: said('error_type') },
      { messages: 'count()' },
      from("operation = 'a2a_send' AND status = 'error'"),
    ),
  },
  {
    id: 'task-store',
    title: 'Task store: commands',
    meaning: 'Commands a second of the Valkey in which tasks are kept, by the exporter beside it.',
    ...{ unit: 'perSecond', source: 'valkey', kind: 'lines' },
    queries: [
      { promql: `sum by (cmd) (rate(redis_commands_total{${commands}}[$__rate_interval]))`, legend: '{{cmd}}' },
    ],
  },
  {
    id: 'task-store-latency',
    title: 'Task store: time of a command',
    meaning: 'Mean time that Valkey took for a command.',
    ...{ unit: 'seconds', source: 'valkey', kind: 'lines' },
    queries: [
      {
        promql: `sum by (cmd) (rate(redis_commands_duration_seconds_total{${commands}}[$__rate_interval])) / (sum by (cmd) (rate(redis_commands_total{${commands}}[$__rate_interval])) > 0)`,
        legend: '{{cmd}}',
      },
    ],
  },
  {
    id: 'tenant-pairs',
    title: 'Across tenants',
    meaning:
      'Messages in the chosen time whose two sides are of different tenants. What should stay apart does not stand here.',
    ...{ unit: 'count', source: 'tallyspan', kind: 'table' },
    queries: [
      {
        promql: grown(
          'source_tenant, target_tenant',
          own('tallyspan_a2a_messages_total', { more: 'across_tenants="true"' }),
        ),
        legend: '{{source_tenant}} → {{target_tenant}}',
      },
    ],
    sql: [
      'SELECT source.tenant AS source_tenant, target.tenant AS target_tenant, count() AS messages',
      `FROM (SELECT trace_id, span_id, tenant ${asked}) AS source`,
      `INNER JOIN (SELECT trace_id, parent_span_id, tenant ${executed}) AS target`,
      'ON source.trace_id = target.trace_id AND source.span_id = target.parent_span_id',
      'WHERE source.tenant != target.tenant GROUP BY source_tenant, target_tenant ORDER BY messages DESC',
    ].join(' '),
  },
];

export const a2aCommunication: Board = {
  uid: 'tallyspan-a2a-communication',
  title: 'Tallyspan: A2A communication',
  about: 'Which agent asks which over Agent2Agent, how their tasks go from submitted to done, and where they fail.',
  panels,
};
