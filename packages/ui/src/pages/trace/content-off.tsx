/** Why nothing is to be read here, and the way to change it. */
export function ContentOff() {
  return (
    <p className="hint" data-testid="content-off">
      Not captured. Messages leave the process only when asked to: <code>init(&#123; captureContent: true &#125;)</code>
      , or without a change of code <code>OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true</code>.
    </p>
  );
}
