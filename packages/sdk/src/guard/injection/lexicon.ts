/**
 * Words that attacks are made of, by what they do, in the languages attacks are written in. Folded as `fold.ts` folds them (lower
 * case, no accents); `*` at the end stands for any ending. Rules (`rules.ts`) are sequences of these meanings, so a new language
 * needs words and no rules.
 */
import { HASH_START, hashOf, hashStep } from './hash.ts';

/** Each meaning is one bit. */
export const meanings = {
  override: 1 << 0,
  prior: 1 << 1,
  all: 1 << 2,
  instructions: 1 << 3,
  your: 1 << 4,
  system: 1 << 5,
  prompt: 1 << 6,
  reveal: 1 << 7,
  text: 1 << 8,
  is: 1 << 9,
  act: 1 << 10,
  you: 1 << 11,
  unrestricted: 1 << 12,
  without: 1 << 13,
  limits: 1 << 14,
  never: 1 << 15,
  refuse: 1 << 16,
  mode: 1 << 17,
  special: 1 << 18,
  now: 1 << 19,
  model: 1 << 20,
  /** Lifted, replaced, switched off. */
  voided: 1 << 21,
  user: 1 << 22,
  send: 1 << 23,
  secret: 1 << 24,
  follow: 1 << 25,
  new: 1 << 26,
  meta: 1 << 27,
  told: 1 << 28,
  /** Verbs that come last, as in Japanese, Korean, Turkish and Hindi. */
  overrideLast: 1 << 29,
  /** Words that turn to somebody: note, dear, attention. */
  address: 1 << 30,
  /** `a system prompt`, `my instructions`: not the model's own. */
  indefinite: 1 << 31,
} as const;

export type Meaning = keyof typeof meanings;

const words: Record<Meaning, string> = {
  override: `
    ignore ignoring disregard disregarding forget override overrides neglect bypass bypassing circumvent discard dismiss abandon drop erase delete
    ignorieren ignoriere ignorier ignoriert vergiss vergessen missachte missachten umgehe uberschreibe
    ignorez ignorer oubliez oublie oublier neglige negligez outrepasse contourne
    ignora ignorar ignoren ignore olvida olvidar olvide olvidate descarta desestima omite pasa
    dimentica dimenticare dimenticati ignorare trascura esqueca esquece esquecer desconsidere desconsidera
    negeer negeren vergeet zignoruj zignorowac ignoruj zapomnij pomin ignoruj ignorujte zapomen
    игнорируй* игнорировать проигнорируй* забудь* забуд* отбрось* ігноруй* забудьте обойди
    忽略 无视 忘记 忘掉 不要理会 无需理会 忽視 無視 跳过 绕过
    تجاهل* انس انسى اترك تجاوز bo ignorera glom ignorer glem unohda lupakan abaikan acuhkan quen`,
  overrideLast: `
    無視し* 忘れ* 無効に 無視 무시하* 무시해* 무시 잊어* 잊고 yoksay* yok unut* gozardi gormezden
    अनदेखा भूल नजरअंदाज नज़रअंदाज़ उपेक्षा`,
  prior: `
    previous previously prior above preceding earlier foregoing former aforementioned past initial original existing current before
    vorherigen vorherige vorigen vorangegangenen bisherigen obigen fruheren vorher bisher
    precedentes precedente precedents precedent anterieures ci-dessus dessus plus
    anteriores anterior previas previos previa previo arriba
    precedenti precedente sopra anteriori vorige eerdere voorgaande bovenstaande voorafgaande
    poprzednie poprzednich wczesniejsze powyzsze predchozi predosle tidigare foregaende tidligere
    предыдущи* прежни* предшествующ* выше ранее вышеуказанн* прошлы* попередн*
    之前 以前 以上 上面 先前 前面 此前 之前的 上述 前の これまで 上記 先ほど 今まで
    이전* 앞선 위의 지금까지 기존 앞의 onceki yukaridaki tum sebelumnya diatas truoc tren
    السابق* السابقة أعلاه اعلاه السابقه पिछले पिछली पहले उपरोक्त पूर्व`,
  all: `
    all any every everything whatever anything alle alles jede samtliche tous toutes tout todas todos todo toda cualquier
    tutte tutti tutto alla allt wszystkie wszystko wszelkie все всё всех всі 所有 一切 全部 任何 すべて 全て 모든 모두 butun tum hepsini
    كل جميع सभी सब semua tat`,
  instructions: `
    instruction instructions instruct instructional rule rules guideline guidelines directive directives prompt prompts prompting
    commands constraint constraints programming directions directive rulebook safeguards guardrail guardrails protocols guidance
    anweisung anweisungen instruktionen regeln vorgaben befehle richtlinien vorschriften
    consigne consignes regle regles directives directive ordres
    instruccion instrucciones reglas regla ordenes directrices indicaciones
    istruzioni istruzione regole direttive ordini comandi instrucoes instrucao regras diretrizes ordens comandos
    instructies instructie regels richtlijnen aanwijzingen opdrachten
    instrukcje instrukcji polecenia polecen zasady zasadach instrukcjach wytyczne instrukce pokyny pravidla instruktioner regler
    инструкци* правил* указани* команд*  промпт* директив* інструкці* вказівк*
    指令 指示 提示 规则 規則 命令 提示词 设定 约束 限制 ルール プロンプト 명령* 지시* 지침* 규칙* 프롬프트*
    talimat* kural* komut* yonerge* instruksi perintah aturan huong chi
    تعليمات* التعليمات الأوامر الاوامر القواعد اوامر توجيهات التوجيهات निर्देश* नियम* आदेश* हिदायत*`,
  your: `
    your ur yours thy deine deinen deiner deinem dein ihre ihren tes ton votre vos tus tu sus su tuo tue tuoi tua teu seu sua suas seus jouw je uw
    twoje twoj twojego tve твои твой твоих твоего твою ваши ваш свои свой 你的 您的 你 あなたの あなた 君の 너의 당신의 네 senin sizin
    تعليماتك قواعدك आपके आपका आपकी अपने तुम्हारे`,
  system: `
    system systems hidden initial secret internal original developer developers confidential underlying base pre initialization core
    systemprompt sysprompt preprompt metaprompt systems systeme sistema systeem systemu systemowy systemova versteckten geheimen cache
    oculto nascosto ukryty исходн* системн* скрыт* системы 系统 系統 隐藏 初始 内部 システム 隠された 시스템* 숨겨진 sistem* gizli
    النظام المخفية سري सिस्टम छिपे`,
  prompt: `
    prompt prompts preprompt systemprompt sysprompt metaprompt instructions instruction message configuration config setup preamble directives guidelines rules
    prompts systemprompts eingabeaufforderung anweisungen systemanweisung consignes invite instrucciones istruzioni instrucoes
    instructies podpowiedz instrukcje промпт* подсказк* инструкци* 提示 提示词 指令 设定 プロンプト 指示 프롬프트* 지시* 지침* istem* talimat* promptu*
    موجه الموجه التعليمات تعليماتك प्रॉम्प्ट निर्देश*`,
  reveal: `
    reveal show print repeat output tell give leak expose disclose share dump recite echo return say provide type spell
    summarize translate copy mention inform alert notify acknowledge report reporting asking telling mentioning
    translate copy paste reproduce quote rephrase paraphrase encode state list
    sag erwahne mentionne digas menciones menzionare mencione vertel mow говори* упомина* сообща* 告诉 提及 言う 教え 말하* 알리* soyle*
    zeige zeig nenne verrate verrat gib wiederhole drucke ausgeben montre montrez affiche affichez revele revelez repete repetez donne dis
    muestra muestrame revela revelame repite imprime dime mostra mostrami rivela ripeti stampa dimmi mostre revele repita diga exiba
    toon laat herhaal onthul geef pokaz ujawnij powtorz podaj wypisz ukaz odhal
    покажи* раскрой* повтори* выведи* скажи* назови* напиши* 显示 告诉 输出 重复 透露 打印 泄露 展示 说出 表示し 教えて 出力 明かして 繰り返し
    보여* 알려* 출력* 공개* 말해* goster* acikla* soyle* tekrarla* yazdir* tampilkan ungkapkan
    اكشف اعرض أظهر اظهر اطبع أخبرني اخبرني كرر बताओ बताएं दिखाओ दिखाएं प्रकट दोहराएं`,
  text: `
    text texts words everything content contents lines line sentence sentences paragraph conversation dialogue wording
    message messages phrase tokens text alles texte mots texto palabras testo parole tekst woorden текст слова 内容 文字 文本 对话 话 テキスト 文章 内容 텍스트 내용 metni`,
  is: `is are were was whats what are's ist sind est sont es son sao e sono какие какой 什么 是什么 何 무엇* ne nedir क्या`,
  act: `
    act acting pretend roleplay simulate simulating impersonate behave emulate embody imagine role play respond answer persona
    handle verhalte spiele tu agis agissez fais simule actua finge simula comportate comportati fingi aja finja atue doe gedraag
    udawaj zachowuj действуй* притворись* веди сыграй* представь* 扮演 假装 充当 模拟 演じ 振る舞 ふりを 役割 역할* 행동* 연기* 인 davran* rolunu gibi berpura bertindak
    تصرف تظاهر اعمل अभिनय व्यवहार`,
  you: `you youre u youll youve du sie vous tu usted ustedes tu voi voce jij je u ty ты вы тебя 你 您 あなた お前 너는 당신은 넌 sen siz أنت انت आप तुम kamu anda`,
  unrestricted: `
    unrestricted unfiltered uncensored jailbroken dan stan dude aim devmode unbound unchained unshackled lawless amoral unethical
    immoral unlimited limitless unmoderated evil devilgpt evilgpt uncontrolled freed liberated rogue superintelligent omega sydney betterdan
    unzensiert uneingeschrankt ungefiltert filtre censure ilimitado irrestricto restricciones senza unfiltered ongecensureerd nieograniczony
    неограниченн* нецензурн* бессрамн* 不受限制 无限制 越狱 无审查 制限のない 無制限 무제한 제한없는 탈옥* sinirsiz sansursuz مقيد بلا`,
  without: `
    without no free beyond zero lacking ignoring lacks unbound outside not removing remove disable disabled ohne keine frei sans aucune aucun libre sin ningun ninguna
    senza nessun sem nenhuma nenhum zonder geen bez żadnych zadnych без никаких 没有 无 不受 不再 なし ない 없이 없는 olmadan hicbir yok tanpa بدون دون बिना`,
  limits: `
    restriction restrictions limitation limitations filter filters censorship ethics ethical moral morals morality boundaries
    safety safeguards guidelines policies policy rules limits constraints content guardrails laws legality consequences
    einschrankungen beschrankungen filter regeln zensur grenzen moral restrictions limites filtres censure regles
    restricciones limites filtros censura limitaciones restrizioni limiti filtri restricoes limitacoes beperkingen grenzen
    ograniczen ograniczenia filtrow cenzury ограничени* фильтр* цензур* этик* морал* 限制 过滤 审查 道德 伦理 约束 制限 検閲 倫理 フィルター 규제* 제한* 윤리* 필터* 검열* kisitlama* sinirlama* filtre* sansur* batasan
    قيود القيود حدود أخلاقية प्रतिबंध* सीमा*`,
  never: `
    never not dont cannot cant wont doesnt must mustnt no longer refrain avoid nicht nie niemals kein ne jamais pas nunca no jamas non mai nao nunca niet nooit nie nigdy не никогда 不要 不能 不得 永远不 别 决不 禁止 しない しないで 決して 하지 절대 말고 마 asla yapma لا أبدا कभी नहीं मत`,
  refuse: `
    refuse refuses refusing refusal decline declines reject apologize apologise apologies sorry warn warning warnings disclaimer disclaimers
    moralize lecture lectures comply deny caveat caveats ablehnen verweigern refuser rechazar negarte rifiutare recusar negar weigeren odmawiaj odmow отказывай* отказ* извиня* предупрежд* 拒绝 道歉 警告 拒否 断る 거부* 거절* 사과* reddetme* ozur منع ترفض मना`,
  mode: `mode modus modo modalita tryb trybie tryb режим* 模式 モード 모드* modu mod moduna وضع मोड persona`,
  special: `
    developer dev debug god admin administrator sudo root maintenance jailbreak dan unrestricted unfiltered opposite diagnostic
    override diagnostics superuser sandbox privileged wartung entwickler entwicklermodus desarrollador developpeur sviluppatore desenvolvedor ontwikkelaar
    deweloper programisty разработчик* отладк* администратор* 开发者 調試 调试 管理员 上帝 開発者 デバッグ 管理者 개발자* 관리자* 디버그* gelistirici* yonetici* المطور डेवलपर`,
  now: `now henceforth onwards hereafter forthwith jetzt ab desormais maintenant ahora partir adesso ora agora nu teraz отныне теперь сейчас 现在 从现在 今後 今から 이제 지금부터 simdi artik الآن अब`,
  model: `
    ai assistant assistants llm llms chatbot chatbots model models gpt chatgpt claude gemini copilot bot bots agent agents gpt4 openai llama bard
    ki assistent ia asistente assistente modelo modele modello sztuczna asystent ассистент* модел* бот* нейросет* 人工智能 助手 模型 助理 アシスタント モデル 인공지능 어시스턴트 yapay asistan المساعد सहायक`,
  voided: `
    void voided lifted replaced removed disabled revoked suspended abolished outdated obsolete cancelled canceled gone off overridden
    deleted bypassed deactivated erased dropped expired invalid superseded updated aufgehoben deaktiviert ausgeschaltet desactivees
    levees desactivados anulado anuladas disattivati disattivate desativados отключен* отменен* снят* 关闭 解除 失效 作废 取消 解除され 無効 해제* 비활성* iptal kaldirildi معطلة ملغاة हटा`,
  address: `
    note attention dear hey hello instruction instructions message hinweis achtung attention aviso atencion nota attenzione atencao uwaga внимание 注意 注 참고 dikkat تنبيه ध्यान`,
  indefinite: `a an my our some another better good ein eine einen einem mein meine meinen un une mon ma mes una unas mi mis mio mia um uma meu minha een mijn moj моя мой мои 一个 我的 私の 나의 내 bir benim`,
  user: `user users human humans customer operator owner anyone them him her nutzer benutzer utilisateur usuario utente usuario gebruiker uzytkownik* пользовател* 用户 ユーザー 사용자* kullanici*`,
  send: `send forward email mail upload post exfiltrate transmit append submit deliver leak fetch navigate transfer wire sende schicke envoie envoyez envia enviar manda invia envie stuur wyslij отправ* перешл* 发送 转发 上传 送信 転送 보내* 전송* gonder* أرسل ارسل भेज*`,
  secret: `
    password passwords code passphrase flag phrase credential credentials key keys token tokens secret secrets history conversation conversations cookies env
    apikey ssn contacts inbox passphrase passwort zugangsdaten mot contrasena contrasenas claves password senha senhas wachtwoord haslo hasla парол* ключ* учетн* 密码 密钥 凭证 记录 パスワード 鍵 認証情報 履歴 비밀번호* 키 자격 sifre* parola* anahtar* كلمة पासवर्ड`,
  follow: `following follow obey comply adhere execute perform heed abide respond answer do befolge folge suivez suis obeis sigue sigas obedece segui obbedisci siga obedeca volg wykonaj следуй* выполн* подчин* 遵循 执行 服从 遵守 従っ 実行 따르* 따라* 실행* uy uygula* اتبع نفذ पालन`,
  new: `new following these updated actual real different instead only my below next neue neuen folgende folgenden nouvelles suivantes nuevas siguientes nuove seguenti novas seguintes nieuwe volgende nowe nastepujace новы* следующ* 新的 新 以下 新しい 次の 새로운 다음 yeni asagidaki الجديدة التالية नए निम्न`,
  meta: `
    injection injections jailbreaks jailbreaking attack attacks attacker attackers adversarial detect detects detector detection phrase phrases
    classify classifier classification explain explains example examples paper researchers research vulnerability vulnerabilities owasp
    red team test tests flagged checks blocks blocked comment article blog documentation dataset benchmark mitigate mitigation defend defense prevent quote quoted label labeled sentence
    means meaning called term scanner guardrail payload payloads malicious phishing training slide lesson quiz
    angriff angriffe angreifer beispiel erklare attaque attaques exemple expliquez explique ataque ataques ejemplo explica esempio attacco spiega exemplo voorbeeld aanval przyklad atak пример* атак* объясни* 攻击 例子 例如 解释 检测 注入 攻撃 例 説明 検出 공격* 예시* 설명* 탐지* ornek* saldiri* acikla*`,
  told: `told given said instructed know learned taught trained programmed provided received received learnt gesagt dit dicho dichas detto dito gezegd powiedziano сказали сказано 告诉 说过 言われた 들은`,
};

/** Words whose rot13 or reversed form gives a hidden text away; none of those forms is a word. */
const giveaways = [
  'ignore',
  'previous',
  'instructions',
  'instruction',
  'disregard',
  'system',
  'prompt',
  'reveal',
  'unrestricted',
];
export const ciphers = new Set<number>();

export const rot13 = (text: string): string =>
  text.replace(/[a-z]/g, (letter) => String.fromCharCode(((letter.charCodeAt(0) - 84) % 26) + 97));

export const reversed = (text: string): string => [...text].reverse().join('');

/** By hash of the whole word, and by hash of a beginning. */
export const exact = new Map<number, number>();
export const beginnings = new Map<number, number>();
/** Characters of the longest entry in a script without spaces. */
export const UNSPACED_LENGTH_MAX = 6;

for (const [meaning, list] of Object.entries(words)) {
  for (const word of list.split(/\s+/)) {
    if (word === '') continue;
    const [table, key] = word.endsWith('*') ? [beginnings, word.slice(0, -1)] : [exact, word];
    table.set(hashOf(key), (table.get(hashOf(key)) ?? 0) | meanings[meaning as Meaning]);
    // In scripts without spaces the ending is another word.
    if (table === beginnings) exact.set(hashOf(key), (exact.get(hashOf(key)) ?? 0) | meanings[meaning as Meaning]);
  }
}
for (const word of giveaways) for (const hidden of [rot13(word), reversed(word)]) ciphers.add(hashOf(hidden));
// Backwards these would be words.
for (const word of ['the', 'and', 'you', 'your', 'that', 'what', 'rules']) ciphers.add(hashOf(rot13(word)));

/**
 * Which tables a hash can be in, told by its lowest bits; nearly every look-up ends here. `mayGoOn` holds every beginning of a word of the
 * lexicon, so that looking for words in a run of letters stops where none can follow.
 */
export const HASH_BITS = 0xffff;
export const mayBegin = new Uint8Array(HASH_BITS + 1);
export const mayBe = new Uint8Array(HASH_BITS + 1);
export const mayGoOn = new Uint8Array(HASH_BITS + 1);
for (const hash of beginnings.keys()) mayBegin[hash & HASH_BITS] = 1;
for (const hash of [...exact.keys(), ...ciphers]) mayBe[hash & HASH_BITS] = 1;
for (const list of Object.values(words)) {
  for (const word of list.split(/[\s*]+/)) {
    let hash = HASH_START;
    for (let at = 0; at < word.length; at++) mayGoOn[(hash = hashStep(hash, word.charCodeAt(at))) & HASH_BITS] = 1;
  }
}
