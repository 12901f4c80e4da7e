from citizen_reports.models.files import Attachment, FileScan, Upload, UploadPart
from citizen_reports.models.inbox import BlockRule, CannedAnswer, Trace, VerificationCheck
from citizen_reports.models.intake import IntakeForm, Question, StoryCallOut
from citizen_reports.models.mail import InboundEmail, OutboundEmail
from citizen_reports.models.people import Consent, WitnessIdentity
from citizen_reports.models.reports import Message, Report, ReportEvent, ReportStory
from citizen_reports.models.stories import ConsentAlarm, LibraryCopy

__all__ = [
    "Attachment", "BlockRule", "CannedAnswer", "Consent", "ConsentAlarm", "FileScan", "InboundEmail", "IntakeForm",
    "LibraryCopy", "Message", "OutboundEmail", "Question", "Report", "ReportEvent", "ReportStory", "StoryCallOut",
    "Trace", "Upload", "UploadPart", "VerificationCheck", "WitnessIdentity",
]  # fmt: skip
