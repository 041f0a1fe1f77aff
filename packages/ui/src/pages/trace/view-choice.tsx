import { Segments } from '../../widgets/segments.tsx';

export type View = 'waterfall' | 'transcript' | 'graph' | 'compare';

const VIEWS: readonly { value: View; text: string; title: string }[] = [
  { value: 'waterfall', text: 'Waterfall', title: 'What ran when (w)' },
  { value: 'transcript', text: 'Transcript', title: 'What was said (t)' },
  { value: 'graph', text: 'Agents', title: 'Who called whom (a)' },
  { value: 'compare', text: 'Compare', title: 'Beside another trace' },
];

export function ViewChoice({ view, choose }: { view: View; choose(view: View): void }) {
  return <Segments label="View" choices={VIEWS} value={view} onChoose={choose} />;
}
