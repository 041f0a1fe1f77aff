import { StartGuide } from './start-guide.tsx';

/** How to send spans, at any time. */
export function StartPage() {
  return (
    <div className="page">
      <title>Get started · Tallyspan</title>
      <StartGuide title="Get started" lead="Choose what you have. Every token and dollar of it shows up here." />
    </div>
  );
}
