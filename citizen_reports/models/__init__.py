from citizen_reports.models.files import Attachment
from citizen_reports.models.intake import IntakeForm
from citizen_reports.models.people import Consent, WitnessIdentity
from citizen_reports.models.reports import Message, Report, ReportEvent, ReportStory

__all__ = ["Attachment", "Consent", "IntakeForm", "Message", "Report", "ReportEvent", "ReportStory", "WitnessIdentity"]
