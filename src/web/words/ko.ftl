### 포털의 말. en.ftl과 같은 순서로 둔다.

## 틀

portal = Secmon 포털
portal-what = 콘솔 계정 없이 보안관제를 보고 신청합니다.
skip = 본문으로 건너뛰기
team = 팀
teams = 팀
switch-team = 팀 바꾸기
choose-team = 팀 선택
all-teams = 모든 팀 보기
sections = 메뉴
overview = 개요
vms = VM 관제
tickets = 대응 티켓
events = 탐지 이벤트
history = 변경 이력
audit = 감사 기록
account = 내 계정
admin-teams = 모든 팀
admin-users = 모든 사용자
admin-audit = 전체 감사 기록
sign-in = 로그인
sign-out = 로그아웃
username = 사용자 이름
display-name = 표시 이름
password = 비밀번호
sign-in-failed = 사용자 이름 또는 비밀번호가 맞지 않습니다. 다시 확인해 주세요.
sign-in-wait = 로그인에 여러 번 실패했습니다. { $seconds }초 뒤에 다시 시도해 주세요.
sign-in-late = 로그인에 5분이 넘게 걸렸습니다. 처음부터 다시 로그인해 주세요.
language = 언어
theme = 화면
theme-system = 시스템
theme-light = 밝게
theme-dark = 어둡게
yes = 예
region = 리전
role = 역할
your-role = 내 역할:
site-admin = 사이트 관리자
try-again = 다시 시도
go-back = 돌아가기
to-start = 처음으로
sending = 보내는 중…
cancel = 취소
optional = (선택)
filter = 필터
filter-clear = 필터 지우기
copy = { $text } 복사
copied = 복사됨

## 역할과 리전

role-viewer = 조회자
role-manager = 매니저
role-operator = 운영자
role-admin = 관리자
role-viewer-may = 팀의 모든 것을 볼 수 있습니다.
role-manager-may = 팀의 모든 것과 감사 기록을 볼 수 있습니다.
role-operator-may = 감사 기록까지 볼 수 있고, VM의 관제를 추가하고 해제할 수 있습니다.
role-admin-may = 운영자가 할 수 있는 모든 것과 팀 관리를 할 수 있습니다.
region-kr1 = 한국(판교) 리전
region-kr2 = 한국(평촌) 리전
region-kr3 = 한국(광주) 리전
region-gov-kr1 = 공공 한국(판교) 리전
region-gov-kr2 = 공공 한국(평촌) 리전

## 목록

pages = 페이지
page-first = 처음
page-previous = 이전
page-next = 다음
page-last = 마지막
page-number = { $page }페이지
page-of = { $page } / { $pages } 페이지
page-past-the-end = 이 페이지는 목록의 끝을 지났습니다. 여기에는 아무것도 없습니다.
rows-span = 전체 { $total }건 중 { $from }–{ $to }
rows-total = 전체 { $total }건
rows-unknown = 전체 건수를 알 수 없음
source-ip = 출발지 IP
source-port = 출발지 포트
destination-ip = 목적지 IP
destination-port = 목적지 포트
destination-country = 목적지 국가

## 팀과 개요

teams-none = 아직 어느 팀의 구성원도 아닙니다. 관리자에게 팀에 추가해 달라고 요청하세요.
vms-what = 관제 중인 서버와 관제하지 않는 서버를 보고, 관제를 추가하거나 해제합니다.
tickets-what = 보안관제가 침해사고에 대응한 기록입니다. 최신 순입니다.
events-what = 탐지된 이벤트입니다. 최근 3개월까지 조회할 수 있으며, 시각은 한국 시간(KST, UTC+9)입니다.
history-what = API가 기록한 관제 상태의 변경입니다. 최신 순이며 신청한 사람은 기록되지 않습니다.
audit-what = 이 포털에서 누가 언제 무엇을 했고 어떻게 되었는지의 기록입니다. 최신 순입니다.
recent-requests = 최근 신청
recent-requests-none = 이 포털에서 신청한 추가나 해제가 아직 없습니다.
request-line-by = { $user } 님의
request-line-add = 관제 추가 신청 ({ $items }건)
request-line-release = 관제 해제 신청 ({ $items }건)

## VM 관제

vms-filter = 이름, IP, OS, 상태로 찾기
vms-filter-hint = 예: web, 133.186, Ubuntu
lists-read = 목록을 읽은 시각:
vms-not-monitored = 관제하지 않음
vms-monitored = 관제 신청됨
vms-count = 항목 { $items }건, VM { $servers }대
vms-matching = 필터에 맞는 { $matching }건만 표시 중 (전체 { $items }건)
vms-none-match = 필터에 맞는 것이 없습니다.
vms-not-monitored-none = 관제하지 않는 서버가 없습니다.
vms-monitored-none = 관제를 신청한 서버가 없습니다.
vms-not-monitored-hint = 추가할 것을 선택하세요. 로드 밸런서는 뒤에 있는 모든 VM과 함께만 추가됩니다. 추가하면 과금이 시작되고 최대 1시간이 걸립니다.
vms-monitored-hint = 해제할 것을 선택하세요. 로드 밸런서는 뒤에 있는 모든 VM과 함께만 해제됩니다. 보내기 전에 확인 페이지가 나옵니다.
vm-name = 이름
vm-os = OS
vm-status = 상태
floating-ip = 플로팅 IP
fixed-ip = 고정 IP
load-balancer = 로드 밸런서
load-balancer-not-monitored = VM { $servers }대가 함께 추가됩니다
load-balancer-monitored = VM { $servers }대가 함께 해제됩니다
load-balancer-of = (로드 밸런서, VM { $servers }대)
choose-load-balancer = 로드 밸런서 { $name } 전체 선택
choose-vm = { $name } 선택
choose-all-shown = 이 페이지에 보이는 것 모두 선택
choose-none = 선택 취소
chosen-none = 선택한 것이 없습니다
chosen-some = { $items }건 선택됨 (VM { $servers }대)
add-chosen = 선택한 것 관제 추가…
release-chosen = 선택한 것 관제 해제…
add-all = 목록 전체 { $items }건 모두 추가…
add-all-matching = 필터에 맞는 { $items }건 모두 추가…
release-all = 목록 전체 { $items }건 모두 해제…
release-all-matching = 필터에 맞는 { $items }건 모두 해제…
vms-nothing-chosen = 아무것도 선택하지 않았습니다. 목록에서 하나 이상 선택한 뒤 다시 보내세요. 변경된 것은 없습니다.
vms-too-many = 한 번에 1,000건까지 보낼 수 있습니다. 나누어 보내세요. 변경된 것은 없습니다.
confirm-add-title = 관제를 추가할까요?
confirm-release-title = 관제를 해제할까요?
confirm-add-effect = { $items }건, VM { $servers }대의 관제를 추가합니다.
confirm-release-effect = { $items }건, VM { $servers }대가 더 이상 관제되지 않습니다.
confirm-everything = 페이지에 보이는 것만이 아니라 목록 전체를 선택했습니다. 모두 아래에 있습니다.
confirm-all-matching = 페이지에 보이는 것만이 아니라 필터 “{ $text }”에 맞는 것을 모두 선택했습니다. 모두 아래에 있습니다.
confirm-balancers = 로드 밸런서 { $balancers }개는 뒤에 있는 VM { $behind }대와 함께 통째로 갑니다.
confirm-add-billing = 관제 요금은 조직의 결제 수단으로 청구됩니다. 추가하면 과금이 시작됩니다.
confirm-release-billing = 관제 요금은 조직의 결제 수단으로 청구됩니다. 해제한 서버의 침해는 더 이상 탐지되지 않습니다.
confirm-duration = API가 접수한 뒤 적용까지 최대 1시간이 걸립니다.
confirm-servers = 함께 가는 VM
confirm-others = 보내지 않는 것
confirm-nothing = 선택한 것 중에 보낼 수 있는 것이 없습니다. 변경된 것은 없습니다.
confirm-no-token = 양식이 너무 오래되었거나 확인이 필요하여 아직 아무것도 하지 않았습니다. 아래 내용을 확인하고 다시 보내세요.
confirm-used = 이 양식은 다른 선택으로 이미 보냈습니다. 이번 선택에 대해서는 아직 아무것도 하지 않았습니다. 아래 내용을 확인하고 다시 보내세요.
confirm-used-link = 먼저 보낸 신청의 결과 보기
confirm-changed = 확인하는 사이에 함께 가는 VM이 바뀌어 아무것도 하지 않았습니다. 아래 내용을 다시 확인하고 보내세요.
confirm-no-reason = 이 팀은 관제를 추가하거나 해제할 때 사유가 필요합니다. 아직 아무것도 하지 않았습니다.
confirm-long-reason = 사유는 500자까지 쓸 수 있습니다. 아직 아무것도 하지 않았습니다.
stated-reason = 사유
stated-reason-what = 감사 기록에 남고 나중에 바꿀 수 없습니다. 예: 정기 점검, CHG-1234
confirm-add-do = { $items }건 추가
confirm-release-do = { $items }건 해제

## 신청의 결과

outcome-item = 대상
outcome-asked = 신청
outcome-happened = 결과
outcome-next = 이제 할 일
outcome-as-of = 확인 시각
outcome-whole = 이 신청의 지금 상태 보기 ({ $items }건)
outcome-reason = 사유: { $reason }
outcome-as-text = 텍스트로 보기
outcome-copy = 결과 복사
asked-add = 관제 추가
asked-release = 관제 해제
items-count = { $items }건
state-add-planned = 보내기 전입니다.
state-add-sending = 보내는 중입니다.
state-add-accepted = API가 접수했습니다. 관제까지 최대 1시간이 걸립니다.
state-add-done = 완료: API의 관제 목록에 있습니다.
state-add-not-done = 추가되지 않았습니다.
state-add-not-known = 아직 알 수 없습니다.
state-release-planned = 보내기 전입니다.
state-release-sending = 보내는 중입니다.
state-release-accepted = API가 접수했습니다. 해제까지 최대 1시간이 걸립니다.
state-release-done = 완료: 더 이상 관제 목록에 없습니다.
state-release-not-done = 해제되지 않았습니다.
state-release-not-known = 아직 알 수 없습니다.
reason-not-listed = API의 목록에 없어서 보내지 않았습니다.
reason-already-monitored = 이미 관제 중이거나 접수 대기 중이어서 보내지 않았습니다.
reason-already-released = 관제 중이 아니어서 보내지 않았습니다.
reason-behind-load-balancer = 로드 밸런서 뒤에 있어서 따로 보낼 수 없습니다.
reason-not-sendable = API가 알려준 식별자를 사용할 수 없어서 보내지 않았습니다.
reason-lists-failed = API의 목록을 읽지 못해서 보내지 않았습니다.
reason-refused = API가 거절했습니다.
reason-not-reached = API에 연결하지 못해서 보내지 못했습니다.
reason-token-failed = API에 필요한 접근 토큰을 받지 못해서 보내지 못했습니다.
reason-asked-already = 다른 신청이 지금 같은 것을 보내고 있어서 보내지 않았습니다.
reason-not-sent = 보내기 전에 포털이 멈췄습니다.
reason-no-answer = API가 제시간에 답하지 않았습니다.
reason-bad-answer = API의 답을 이해할 수 없었습니다.
reason-interrupted = 보내는 도중에 포털이 멈췄습니다.
todo-planned = 잠시 뒤 이 페이지를 새로 고치세요.
todo-sending = 잠시 뒤 이 페이지를 새로 고치세요.
todo-accepted = 할 일이 없습니다. 상태는 목록에서 확인하세요.
todo-done = 할 일이 없습니다.
todo-not-done = 다시 신청하세요.
todo-not-known = 이 페이지를 새로 고쳐 목록을 확인하세요.
todo-not-listed = 목록을 새로 고치세요. 그 사이 삭제되었을 수 있습니다.
todo-already-monitored = 할 일이 없습니다.
todo-already-released = 할 일이 없습니다.
todo-behind-load-balancer = 로드 밸런서를 선택하세요. 뒤에 있는 VM이 모두 함께 갑니다.
todo-not-sendable = NHN Cloud 고객 지원에 문의하세요.
todo-lists-failed = 잠시 뒤 다시 신청하세요.
todo-refused = API의 설명을 확인하고 다시 신청하거나 NHN Cloud 고객 지원에 문의하세요.
todo-not-reached = 목록을 확인하고 다시 신청하세요.
todo-token-failed = 팀 관리자에게 토큰 자격 증명을 확인해 달라고 한 뒤 다시 신청하세요.
todo-asked-already = 이 페이지를 새로 고쳐 목록을 확인하세요.
todo-not-sent = 다시 신청하세요.
todo-no-answer = 조금 뒤에 적용될 수도 있습니다. 다시 신청하기 전에 이 페이지를 새로 고쳐 확인하세요.
todo-bad-answer = 조금 뒤에 적용될 수도 있습니다. 다시 신청하기 전에 이 페이지를 새로 고쳐 확인하세요.
todo-interrupted = 목록을 확인하고, 필요하면 다시 신청하세요.

## 변경 이력

history-registered = 등록 시각
history-kind = 변경 유형
history-status = 상태
history-names = 변경 대상
history-contents = 변경 내용
history-reason = 사유
history-meter = 과금
history-id = 이력 번호
history-none = 변경 이력이 없습니다.

## 대응 티켓

ticket = 티켓
ticket-detected = 탐지 시각
ticket-name = 티켓 이름
ticket-status = 처리 상태
ticket-verdict = 정탐/오탐
ticket-kind = 티켓 유형
ticket-attack = 공격 유형
ticket-id = 티켓 번호
ticket-description = 설명
ticket-summary = 공격 요약
ticket-analysis = 분석 결과
ticket-deep-analysis = 심화 분석
ticket-without-name = 이름 없는 티켓
tickets-none = 티켓이 없습니다.
back-to-tickets = ← 대응 티켓 목록
part-empty = 내용이 없습니다.
ticket-cut = 이 티켓의 일부가 너무 길어 끝부분을 표시하지 않았습니다.
analysis-times = 분석 안의 시각에는 시간대가 적혀 있지 않습니다.

## 탐지 이벤트

events-start = 시작 (KST, UTC+9)
events-end = 끝 (KST, UTC+9)
events-show = 조회
events-presets = 기간 선택
events-last-hour = 최근 1시간
events-today = 오늘
events-last-day = 최근 24시간
events-last-week = 최근 7일
events-last-month = 최근 31일
events-last-quarter = 최근 3개월
events-start-problem = 시작 시각을 읽을 수 없습니다. 2026-01-31T09:00처럼 입력하세요.
events-end-problem = 끝 시각을 읽을 수 없습니다. 2026-01-31T09:00처럼 입력하세요.
events-order-problem = 끝이 시작보다 앞섭니다.
events-none = 이 기간에 탐지된 이벤트가 없습니다.
event-detected = 탐지 시각
event-severity = 위험도
event-name = 이벤트 이름
event-direction = 방향

## 감사 기록

audit-at = 시각
audit-actor = 누가
audit-action = 무엇을
audit-object = 대상
audit-outcome = 결과
audit-address = 접속 주소
audit-request = 요청 번호
audit-none = 기록이 없습니다.
audit-command-line = 명령줄
audit-signed-in = 로그인
audit-signed-out = 로그아웃
audit-session-ended = 세션 종료
audit-control-add = 관제 추가
audit-control-release = 관제 해제
audit-opened = 권한 없는 페이지 요청
audit-team-added = 팀 추가
audit-team-key-replaced = appKey 교체
audit-team-removed = 팀 삭제
audit-reason-required = 사유 필수로 설정
audit-reason-optional = 사유 선택으로 설정
audit-user-added = 사용자 추가
audit-member-added = 팀 구성원 추가
audit-password-set = 비밀번호 설정
audit-user-disabled = 사용자 사용 중지
audit-secret-key-replaced = 암호화 키 교체
audit-second-factor-on = 2단계 로그인 켜기
audit-second-factor-off = 2단계 로그인 끄기
audit-second-factor-reset = 2단계 로그인 초기화
audit-second-factor-given = 2단계 로그인 코드 입력
audit-recovery-code-used = 복구 코드 사용
audit-recovery-codes-made = 복구 코드 새로 만들기
audit-outcome-done = 완료
audit-outcome-refused = 거절됨
audit-outcome-see-items = 대상별 결과

## 내 계정

password-change = 비밀번호 바꾸기
password-old = 지금 비밀번호
password-new = 새 비밀번호
password-again = 새 비밀번호 확인
password-rules = 새 비밀번호는 12자 이상이며 사용자 이름이 들어 있으면 안 됩니다. 바꾸면 다른 모든 세션이 끝납니다.
password-changed = 비밀번호를 바꾸었습니다. 다른 모든 세션은 끝났습니다.
password-old-wrong = 지금 비밀번호가 맞지 않습니다.
password-short = 새 비밀번호는 12자 이상이어야 합니다.
password-username = 새 비밀번호에 사용자 이름이 들어 있으면 안 됩니다.
password-different = 새 비밀번호 두 개가 서로 다릅니다.
password-wait = 여러 번 틀렸습니다. 잠시 뒤에 다시 시도해 주세요.
sessions = 열려 있는 세션
sessions-what = 로그인해 둔 곳입니다. 모르는 것이 있으면 끝내고 비밀번호를 바꾸세요.
session-used = 마지막 사용
session-started = 로그인
session-address = 접속 주소
session-device = 기기
session-this = 이 세션
session-end = 끝내기
session-ended = 세션을 끝냈습니다.

## 2단계 로그인

second-factor = 2단계 로그인
second-factor-what = 비밀번호를 입력한 뒤 휴대전화 앱에 표시되는 코드를 한 번 더 입력합니다. 비밀번호가 새어 나가도 다른 사람이 로그인할 수 없습니다.
second-factor-must = 지금 역할에는 2단계 로그인이 필요합니다. 먼저 설정해 주세요. 그 전에는 다른 페이지를 볼 수 없습니다.
second-factor-on = 사용 중
second-factor-off = 사용 안 함
second-factor-set-up = 설정하기…
second-factor-start = 2단계 로그인 켜기
second-factor-turn-off = 2단계 로그인 끄기
second-factor-scan = 인증 앱에 포털 추가하기
second-factor-scan-how = Google Authenticator, Microsoft Authenticator처럼 일회용 코드를 만드는 앱으로 이 그림을 스캔하세요.
second-factor-picture = 인증 앱용 QR 코드입니다. 아래의 키가 같은 내용을 글자로 나타냅니다.
second-factor-open = 이 기기에 있는 앱으로 열기
second-factor-type = 스캔할 수 없다면 키를 직접 입력하세요
second-factor-account = 계정
second-factor-key = 키
second-factor-key-copy = 키 복사
second-factor-kind = 코드 방식
second-factor-kind-time = 시간 기준, 6자리, 30초마다 (SHA-1)
second-factor-confirm = 앱에 지금 표시된 코드 입력하기
second-factor-first-code-wrong = 코드가 키와 맞지 않습니다. 휴대전화의 시각이 맞는지 확인하고, 앱에 지금 표시된 코드를 입력하세요.
second-factor-effect = 켜면 다른 모든 세션이 끝납니다.
second-factor-is-on = 2단계 로그인을 켰습니다. 다른 모든 세션은 끝났습니다.
second-factor-is-off = 2단계 로그인을 껐습니다. 다른 모든 세션은 끝났습니다.
second-factor-since = 켠 시각
second-factor-change = 2단계 로그인 변경
second-factor-change-how = 끄거나 복구 코드를 새로 만들려면 비밀번호와 코드가 모두 필요합니다. 휴대전화를 바꾸려면 껐다가 다시 켜세요.
recovery-codes = 복구 코드
recovery-codes-keep = 휴대전화가 없어도 찾을 수 있는 곳에 보관하세요. 인쇄하거나 비밀번호 관리 프로그램에 넣어 두면 됩니다. 코드 하나로 앱의 코드를 대신해 한 번 로그인할 수 있습니다. 지금만 표시됩니다.
recovery-codes-copy = 복구 코드 모두 복사
recovery-codes-kept = 보관했습니다 – 계속하기
recovery-codes-left = 남은 복구 코드
recovery-codes-count = 복구 코드가 { $left }개 남았습니다.
recovery-codes-make = 복구 코드 새로 만들기
recovery-codes-replaced = 복구 코드를 새로 만들었습니다. 이전 코드는 더 이상 쓸 수 없습니다.
recovery-code-used = 복구 코드로 로그인했습니다. 사용한 코드는 더 이상 쓸 수 없습니다. { $left ->
    [0] 남은 코드가 없으니 지금 새로 만드세요.
    [1] 1개 남았으니 곧 새로 만드세요.
   *[other] { $left }개 남았습니다.
}
go-on = 계속하기
code-title = 코드 입력
code-what = 인증 앱에 표시된 포털의 6자리 코드를 입력하세요.
code = 앱의 코드
code-or-recovery = 앱의 코드 또는 복구 코드
code-of = { $username } 계정으로 로그인하는 중입니다.
code-wrong = 코드가 맞지 않거나 이미 사용한 코드입니다. 앱에 표시되는 다음 코드를 입력하세요.
code-wait = 코드를 여러 번 잘못 입력했습니다. { $seconds }초 뒤에 다시 시도해 주세요.
recovery-instead = 휴대전화가 없나요?
recovery-how = 복구 코드 중 하나를 입력하세요. 복구 코드도 없다면 사이트 관리자에게 2단계 로그인을 해제해 달라고 요청하세요.
recovery-code = 복구 코드
recovery-use = 복구 코드로 로그인
sign-in-other = 다른 계정으로 로그인

## 관리

admin-teams-how = 팀은 명령줄에서 관리합니다:
admin-teams-none = 아직 팀이 없습니다.
admin-users-how = 사용자는 명령줄에서 관리합니다:
slug = 주소 이름
user-state = 상태
user-active = 사용 중
user-disabled = 사용 중지됨

## API의 말

word-not-monitored = 미신청
word-waiting = 접수 대기 (최대 1시간)
word-monitored = 관제 중
word-release-requested = 해제 요청됨
word-received = 접수
word-user-request = 사용자 신청
word-change-new = 신규
word-change-release = 해제
word-change-other = 변경
word-billed = 과금 중
word-not-billed = 과금 안 함
word-ticket-done = 처리 완료
word-ticket-waiting = 대기
word-ticket-working = 처리 중
word-true-positive = 정탐
word-false-positive = 오탐
word-incident = 침해사고
word-intrusion = 침입탐지
word-severity-info = 정보
word-severity-low = 낮음
word-severity-medium = 보통
word-severity-high = 높음
word-severity-critical = 심각
word-inbound = 인바운드
word-outbound = 아웃바운드

## 오류

error-whose = 누구의 문제인가요
error-do = 할 수 있는 일
error-request = 문의할 때 알려 주세요. 요청 번호:
error-api-said = API의 설명:
error-not-found-title = 페이지를 찾을 수 없습니다
error-not-found-what = 이 주소에는 아무것도 없거나, 볼 수 있는 팀의 것이 아닙니다.
error-not-found-who = 주소가 잘못되었거나, 팀 구성원이 아닐 수 있습니다.
error-not-found-do = 주소를 확인하거나, 팀 관리자에게 구성원으로 추가해 달라고 요청하세요.
error-forbidden-title = 권한이 없습니다
error-forbidden-what = 지금 역할로는 이 일을 할 수 없습니다. 아무것도 변경되지 않았습니다.
error-forbidden-who = 역할은 팀 관리자가 정합니다.
error-forbidden-do = 필요하다면 팀 관리자에게 역할을 바꿔 달라고 요청하세요.
error-elsewhere-title = 다른 사이트에서 온 요청입니다
error-elsewhere-what = 다른 사이트의 페이지가 보낸 양식이어서 거절했습니다. 아무것도 변경되지 않았습니다.
error-elsewhere-who = 양식을 보낸 페이지의 문제입니다. 프록시 뒤라면 포털의 공개 주소 설정이 틀렸을 수 있습니다.
error-elsewhere-do = 포털 페이지에서 다시 보내세요.
error-method-title = 이 주소로는 그렇게 요청할 수 없습니다
error-method-what = 이 주소는 다른 방식의 요청만 받습니다. 아무것도 변경되지 않았습니다.
error-method-who = 요청을 보낸 쪽의 문제입니다.
error-method-do = 포털의 링크와 버튼을 사용하세요.
error-form-title = 양식을 읽을 수 없습니다
error-form-what = 보낸 내용이 빠졌거나 너무 크거나 형식이 다릅니다. 아무것도 변경되지 않았습니다.
error-form-who = 요청을 보낸 쪽의 문제입니다.
error-form-do = 페이지로 돌아가 새로 고친 뒤 다시 보내세요.
error-internal-title = 포털에 문제가 생겼습니다
error-internal-what = 이 페이지를 만들지 못했습니다.
error-internal-who = 포털의 문제입니다. 원인은 포털의 로그에 남았습니다.
error-internal-do = 잠시 뒤 다시 시도하고, 계속되면 관리자에게 요청 번호를 알려 주세요.
error-key-replaced-title = 포털의 암호화 키가 교체되었습니다
error-key-replaced-what = 이 포털에는 아직 새 키가 없어서 팀의 appKey를 읽을 수 없습니다.
error-key-replaced-who = 포털의 문제입니다. 바뀐 것은 없습니다.
error-key-replaced-do = 관리자에게 새 키 파일을 제자리에 넣어 달라고 알려 주세요. 파일을 넣으면 포털이 바로 다시 동작합니다.
error-unreachable-title = 보안관제 API에 연결할 수 없습니다
error-unreachable-what = 이 팀의 API 서버에 연결하지 못했습니다.
error-unreachable-who = NHN Cloud의 API 또는 그곳까지의 네트워크 문제입니다. 다른 팀의 페이지는 그대로 쓸 수 있습니다.
error-unreachable-do = 잠시 뒤 다시 시도하세요. 계속되면 관리자에게 알려 주세요.
error-timed-out-title = 보안관제 API가 제시간에 답하지 않았습니다
error-timed-out-what = 정해진 시간 안에 답이 오지 않아 기다리기를 멈췄습니다.
error-timed-out-who = NHN Cloud의 API가 느리거나 멈춘 상태입니다. 다른 팀의 페이지는 그대로 쓸 수 있습니다.
error-timed-out-do = 잠시 뒤 다시 시도하세요.
error-key-title = API가 이 팀의 키를 받아들이지 않았습니다
error-key-what = API 앞의 게이트웨이가 이 팀의 appKey 또는 토큰을 거절했습니다.
error-key-who = 팀 설정의 문제입니다. 키가 바뀌었거나 토큰이 필요할 수 있습니다.
error-key-do = 팀 관리자에게 appKey와 토큰을 확인해 달라고 요청하세요.
error-not-allowed-title = API가 이 포털의 접근을 허용하지 않습니다
error-not-allowed-what = API 앞의 게이트웨이가 접근을 거절했습니다.
error-not-allowed-who = 조직의 허용 IP 목록에 이 포털의 주소가 없거나 권한이 부족할 수 있습니다.
error-not-allowed-do = 관리자에게 NHN Cloud 조직의 IP 접근 제어를 확인해 달라고 요청하세요.
error-no-such-thing-title = API가 찾는 것을 알지 못합니다
error-no-such-thing-what = API 앞의 게이트웨이가 이 주소를 모른다고 답했습니다.
error-no-such-thing-who = 팀의 appKey나 리전이 틀렸거나, 서비스가 비활성화되었을 수 있습니다.
error-no-such-thing-do = 팀 관리자에게 appKey와 리전을 확인해 달라고 요청하세요.
error-too-large-title = API와 주고받기에는 너무 큽니다
error-too-large-what = 요청이나 답이 허용된 크기를 넘어 받지 않았습니다.
error-too-large-who = NHN Cloud의 API가 예상보다 큰 내용을 보냈거나 받지 않았습니다.
error-too-large-do = 기간이나 범위를 줄여 다시 시도하세요.
error-too-many-title = API를 너무 자주 호출했습니다
error-too-many-what = API 앞의 게이트웨이가 호출 횟수 제한을 넘었다고 답했습니다.
error-too-many-who = 이 팀의 appKey로 한 호출이 너무 많습니다.
error-too-many-do = 1분쯤 뒤에 다시 시도하세요.
error-gateway-title = 보안관제 API에 장애가 있습니다
error-gateway-what = API 또는 그 앞의 게이트웨이가 오류로 답했습니다.
error-gateway-who = NHN Cloud의 API 문제입니다.
error-gateway-do = 잠시 뒤 다시 시도하세요. 계속되면 NHN Cloud 고객 지원에 문의하세요.
error-refused-title = 보안관제 API가 거절했습니다
error-refused-what = API가 이 요청을 처리하지 않겠다고 답했습니다.
error-refused-who = API의 설명을 확인하세요. 팀의 서비스 상태나 키의 문제일 수 있습니다.
error-refused-do = 잠시 뒤 다시 시도하고, 계속되면 NHN Cloud 고객 지원에 문의하세요.
error-not-the-api-title = API가 알 수 없는 답을 보냈습니다
error-not-the-api-what = 받은 답이 보안관제 API의 형식이 아닙니다.
error-not-the-api-who = API의 문제이거나, 중간의 프록시가 다른 답을 보냈을 수 있습니다.
error-not-the-api-do = 잠시 뒤 다시 시도하고, 계속되면 관리자에게 알려 주세요.
error-token-title = 접근 토큰을 받지 못했습니다
error-token-what = API를 호출하는 데 필요한 접근 토큰을 발급받지 못했습니다.
error-token-who = 팀의 토큰 자격 증명이 틀렸거나, 토큰 서버의 문제입니다.
error-token-do = 다시 시도하고, 계속되면 팀 관리자에게 토큰 자격 증명을 확인해 달라고 요청하세요.
